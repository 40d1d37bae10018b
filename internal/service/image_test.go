package service

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// keepImages lets the world's service keep images in a file, a new one after so
// many events.
func (w *world) keepImages(file string, after int) {
	w.options = func(o *Options) { o.Image, o.ImageAfter = file, after }
	w.restart()
}

// An image is used if it is of this record, these rules and whole; else the record is
// folded, and the log says why.
func TestAnImageIsUsedOnlyWhereItFits(t *testing.T) {
	cases := []struct {
		name   string
		spoil  func(t *testing.T, w *world, file string)
		reason string // "" where it is used
	}{
		{"whole", func(*testing.T, *world, string) {}, ""},
		{"behind the record", func(t *testing.T, w *world, file string) {
			w.options = nil
			w.restart()
			w.send("desk", "Detained c7 60")
			w.options = func(o *Options) { o.Image, o.ImageAfter = file, 1_000_000 }
		}, ""},
		{"damaged", func(t *testing.T, _ *world, file string) {
			b := read(t, file)
			b[0] ^= 4
			write(t, file, b)
		}, "is damaged"},
		{"cut off", func(t *testing.T, _ *world, file string) { write(t, file, read(t, file)[:5000]) }, "has no end"},
		{"empty", func(t *testing.T, _ *world, file string) { write(t, file, nil) }, "has no end"},
		{"of other rules", func(t *testing.T, w *world, file string) {
			b := read(t, file)
			w.restart()
			w.known("next", strings.Replace(strings.Replace(testPack, "within: 24h", "within: 1h", 1), "version: 1.0.0", "version: 2.0.0", 1))
			if err := w.ActivatePacks(context.Background(), []string{"next"}, 0); err != nil {
				t.Fatal(err)
			}
			w.stop()
			write(t, file, b)
		}, "other rules"},
		{"of another engine", func(t *testing.T, w *world, _ string) {
			was := engine
			engine = func() [32]byte { return [32]byte{1} }
			t.Cleanup(func() { engine = was })
		}, "another engine"},
		{"ahead of the record", func(t *testing.T, w *world, _ string) {
			w.store.segments = w.store.segments[:1]
			w.store.pos.Segment = 1
		}, "ahead"},
		{"of another record", func(t *testing.T, w *world, _ string) {
			for i := range w.store.segments {
				w.store.segments[i].Received++
			}
		}, "another record"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				file := filepath.Join(t.TempDir(), "image")
				w.keepImages(file, 1)
				for _, lines := range [][]string{
					{"Detained c1 3000", "Frozen c2 100", "Approved c3 50"},
					{"Told c1 20", "Detained c4 2000 id=x", "Detained c5 2000 corrects=x"},
				} {
					w.send("desk", lines...)
					time.Sleep(2 * tickEvery) // the image is made beside the judge
					synctest.Wait()
				}
				w.stop()
				c.spoil(t, w, file)
				logged := &bytes.Buffer{}
				was := w.options
				w.options = func(o *Options) { was(o); o.Log = slog.New(slog.NewTextHandler(logged, nil)) }
				w.restart()
				w.stop() // the judge makes an image anew as soon as it runs, and goes on from that
				if used := !strings.Contains(logged.String(), "from_image=0"); used != (c.reason == "") || !strings.Contains(logged.String(), c.reason) {
					t.Errorf("used: %v; logged: %s", used, logged)
				}
				w.options = func(o *Options) { was(o); o.Image = ""; o.Log = slog.New(slog.NewTextHandler(io.Discard, nil)) }
				is := w.live.Totals()
				rows := w.live.Log().Events()
				w.restart()
				w.stop()
				if w.live.Log().Events() != rows {
					t.Errorf("%d events, folded anew %d", rows, w.live.Log().Events())
				}
				for i, want := range w.live.Totals() {
					if is[i] != want {
						t.Errorf("rule %d: %+v, folded anew %+v", i, is[i], want)
					}
				}
			})
		})
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
