package web

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"plumbline/internal/access"
)

// painted is when a page first showed something, in milliseconds since it was asked for.
const painted = `new Promise(tell => new PerformanceObserver(list => {
	for (const e of list.getEntries()) if (e.name === 'first-contentful-paint') tell(e.startTime);
}).observe({type: 'paint', buffered: true}))`

// BenchmarkFirstPaint measures when a browser that has nothing of a page shows
// something of it; what the service has to look up is measured in bench/.
func BenchmarkFirstPaint(b *testing.B) {
	s := newSite(b, access.Supervisor)
	server := httptest.NewServer(s.handler)
	b.Cleanup(server.Close) // after the browser is gone, which follows what changes as long as a page is open
	ctx := browser(b)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		b.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			b.Fatal(err)
		}
	}
	do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(server.URL+"/signin"), chromedp.SendKeys("#name", "lu"), chromedp.SendKeys("#password", "right"), chromedp.Submit("#password"), chromedp.WaitReady("nav.nav"))
	forget := func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, network.ClearBrowserCache, cdp.Empty{})
		return chromedp.Void{}, err
	}
	var took []float64
	for b.Loop() {
		do(forget, chromedp.Navigate(server.URL+"/findings"))
		at, err := chromedp.Run(ctx, chromedp.Evaluate[float64](painted, chromedp.EvalAwaitPromise))
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, at)
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], "ms-to-paint")
}
