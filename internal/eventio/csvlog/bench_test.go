package csvlog

import (
	"bytes"
	"fmt"
	"testing"

	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// BenchmarkRead reads a log in time order, five columns of which four are
// wanted, whose cases lie open for a few thousand rows.
func BenchmarkRead(b *testing.B) {
	var in bytes.Buffer
	in.WriteString("case_id,activity,ts,resource,amount\n")
	const rows = 500_000
	for i := range rows {
		s := i / 4
		fmt.Fprintf(&in, "C%d,Activity %d,2024-01-%02dT%02d:%02d:%02dZ,u%d,%d\n", (i-i*7919%5000)/5+1000, i%12, 1+s/86400, s/3600%24, s/60%60, s%60, i*31%2000, i*17%100_000)
	}
	b.SetBytes(int64(in.Len()))
	for b.Loop() {
		l := event.NewBuilder(event.Options{Zone: mustZone("UTC"), Want: func(string) bool { return false }})
		if err := Read(bytes.NewReader(in.Bytes()), l, eventio.Read{File: "log.csv"}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
}
