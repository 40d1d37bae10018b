package clock

import "testing"

// sink keeps what is measured from being optimised away.
var sink Instant

func benchmarkStarts(b *testing.B) []Instant {
	first := at(b, "2024-01-01T00:00:00Z", nil)
	starts := make([]Instant, 1024)
	for i := range starts {
		starts[i] = first + Instant(int64(i)*23*usPerHour)
	}
	return starts
}

func BenchmarkDue(b *testing.B) {
	for _, c := range []struct{ name, within, options string }{
		{"hours", "24h", ""}, {"whole-hours", "24h", "whole"}, {"days", "90d", "Europe/Rome"}, {"days-rolled", "90d", "roll cn"},
		{"working-days", "7wd", "cn"}, {"weekdays", "7wd", ""}, {"months", "6mo", "Europe/Rome"},
	} {
		b.Run(c.name, func(b *testing.B) {
			clock, starts, i := newClock(b, c.within, c.options), benchmarkStarts(b), 0
			b.ReportAllocs()
			for b.Loop() {
				sink = clock.Due(starts[i&1023]).Due
				i++
			}
		})
	}
}

func BenchmarkDate(b *testing.B) {
	z, starts, i := zone(b, "Europe/Rome"), benchmarkStarts(b), 0
	for b.Loop() {
		sink = Instant(z.Date(starts[i&1023]))
		i++
	}
}

func BenchmarkParseInstantBytes(b *testing.B) {
	z := zone(b, "Europe/Rome")
	for _, text := range []string{"2026-03-01T09:10:00+01:00", "2026-03-01T09:10:00.123Z", "2026-03-01 09:10:00", "2026-03-01"} {
		b.Run(text, func(b *testing.B) {
			line := []byte(text)
			b.ReportAllocs()
			for b.Loop() {
				sink, _, _ = ParseInstantBytes(line, z)
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	z, starts, i := zone(b, "Europe/Rome"), benchmarkStarts(b), 0
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		buf = z.Append(buf[:0], starts[i&1023])
		i++
	}
}

// BenchmarkLoadZone is the table of a zone, made once per run.
func BenchmarkLoadZone(b *testing.B) {
	z := zone(b, "America/New_York")
	for b.Loop() {
		table := Zone{loc: z.loc}
		table.buildTable()
	}
}
