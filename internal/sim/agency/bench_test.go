package agency

import "testing"

// BenchmarkRun draws, types in, judges and puts into order a whole agency, and
// writes every entry as a line of JSON.
func BenchmarkRun(b *testing.B) {
	o := Options{Units: 3, Cases: 20000, Days: 730, Seed: 1, Rates: UsualRates()}
	entries, bytes := 0, 0
	for b.Loop() {
		s := New(o)
		var line []byte
		if _, err := s.Run(func(e *Entry) error {
			line = s.AppendJSON(line[:0], e)
			entries++
			bytes += len(line)
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(entries)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64(bytes)/float64(entries), "bytes/entry")
}
