package parquetlog

import (
	"bytes"
	"math"
	"testing"

	"github.com/parquet-go/parquet-go"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// Infinity, as databases write it, and years that no clock showed are no times:
// of an event they are refused, of an attribute absent and counted.
func TestTimesBeyondTheYears(t *testing.T) {
	type row struct {
		Case     string `parquet:"case_id"`
		Activity string `parquet:"activity"`
		TS       int64  `parquet:"ts,timestamp(microsecond:local)"`
		Until    int64  `parquet:"until,timestamp(microsecond:local)"`
		Day      int32  `parquet:"day,date"`
	}
	rome, err := clock.LoadZone("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	const last = 253_402_300_800_000_000 - 1
	for _, c := range []struct {
		name string
		row  row
		want string // what is refused; "" for nothing
	}{
		{"the last microsecond", row{"A1", "A", last, last, 2_932_896}, ""},
		{"one later", row{"A1", "A", last + 1, 0, 0}, `far.parquet: row 1: column "ts": "253402300800000000" is not a time`},
		{"infinity", row{"A1", "A", math.MaxInt64, 0, 0}, `far.parquet: row 1: column "ts": "9223372036854775807" is not a time`},
		{"minus infinity", row{"A1", "A", -math.MaxInt64, 0, 0}, `far.parquet: row 1: column "ts": "-9223372036854775807" is not a time`},
		{"of attributes", row{"A1", "A", 0, math.MaxInt64, math.MaxInt32}, ""},
	} {
		var f bytes.Buffer
		w := parquet.NewGenericWriter[row](&f)
		if _, err := w.Write([]row{c.row}); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		b := event.NewBuilder(event.Options{Zone: rome})
		err := Read(bytes.NewReader(f.Bytes()), int64(f.Len()), b, eventio.Read{File: "far.parquet"})
		if c.want != "" {
			if err == nil || !bytes.HasPrefix([]byte(errs.In(err, errs.En)), []byte(c.want)) {
				t.Errorf("%s: %v, want %s", c.name, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		l, err := b.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if c.name == "of attributes" && (l.Attr("until").Mistyped != 1 || l.Attr("day").Mistyped != 1) {
			t.Errorf("%s: counted %d and %d, want one each", c.name, l.Attr("until").Mistyped, l.Attr("day").Mistyped)
		}
	}
}

// Text may be written as in any table, where nothing is left to guess.
func TestTimesAsText(t *testing.T) {
	type row struct {
		Case     string `parquet:"case_id"`
		Activity string `parquet:"activity"`
		TS       string `parquet:"ts"`
	}
	rome, err := clock.LoadZone("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2012/01/31 10:00": "2012-01-31T10:00:00+01:00 A case:A1\n", "31-Jan-2012": "2012-01-31 A case:A1\n", "2012年1月31日": "2012-01-31 A case:A1\n",
		"01/02/2012": "", // the day or the month first
	} {
		var f bytes.Buffer
		w := parquet.NewGenericWriter[row](&f)
		if _, err := w.Write([]row{{"A1", "A", text}}); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		b := event.NewBuilder(event.Options{Zone: rome})
		err := Read(bytes.NewReader(f.Bytes()), int64(f.Len()), b, eventio.Read{File: "t.parquet"})
		got := ""
		if err == nil {
			l, err := b.Finish()
			if err != nil {
				t.Fatal(err)
			}
			got = show(l)
		}
		if got != want {
			t.Errorf("%q: %q (%v), want %q", text, got, err, want)
		}
	}
}
