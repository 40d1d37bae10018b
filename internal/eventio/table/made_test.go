package table

import (
	"strings"
	"testing"

	"plumbline/internal/errs"
	"plumbline/internal/event"
	"plumbline/internal/eventio"
)

// Tables as other systems write them: what is read of them, or what is said.
// Cells are apart by |.
func TestTablesAsTheyCome(t *testing.T) {
	for _, c := range []struct {
		name, header string
		row          string
		m            eventio.Mapping
		want         string // a part of what is said, else the time, official and fee
	}{
		{"Disco", "Case ID|Activity|Resource|Complete Timestamp", "A1|Create|561|2012/01/01 10:00:00.000", nil, "2012-01-01T10:00:00+01:00 561"},
		{"Disco, both times", "Case ID|Activity|Start Timestamp|Complete Timestamp", "A1|Create|2012/01/01 10:00|2012/01/01 10:00", nil, `columns "Start Timestamp", "Complete Timestamp" could each be the time`},
		{"Celonis", "_CASE_KEY|ACTIVITY_EN|EVENTTIME", "A1|Create|2012-01-01 10:00:00", nil, "2012-01-01T10:00:00+01:00"},
		{"a police's", "案件编号|活动|时间|办案民警|办案部门", "A1|受案|2012-01-01 10:00|张三|一科", nil, "2012-01-01T10:00:00+01:00 张三"},
		{"a name twice", "case|activity|timestamp|note|note", "A1|Create|2012-01-01|a|b", nil, `columns 4 and 5 are both named "note"; expected each name once; rename one of them`},
		{"a time's name twice", "case|activity|timestamp|timestamp", "A1|Create|2012-01-01|2012-01-02", nil, `columns 3 and 4 are both named "timestamp"`},

		{"date and time of day, not said", "case|activity|Date|Time", "A1|Create|2012-01-01|10:00", nil, `--map 'time=Date+Time'`},
		{"date and time of day", "case|activity|Date|Time", "A1|Create|2012-01-01|10:00", eventio.Mapping{"time": "Date+Time"}, "2012-01-01T10:00:00+01:00"},
		{"date of 31 days and time of day", "case|activity|Date|Time", "A1|Create|31/01/2012|10:00 PM", eventio.Mapping{"time": "date+time"}, "2012-01-31T22:00:00+01:00"},
		{"date with a midnight", "case|activity|Date|Time", "A1|Create|2012-01-01 00:00:00.000|10:00:05", eventio.Mapping{"time": "Date+Time"}, "2012-01-01T10:00:05+01:00"},
		{"date and a part of the day", "case|activity|Date|Time", "A1|Create|2012-01-01|0.5", eventio.Mapping{"time": "Date+Time"}, "2012-01-01T12:00:00+01:00"},
		{"no time of day", "case|activity|Date|Time", "A1|Create|2012-01-01|", eventio.Mapping{"time": "Date+Time"}, "2012-01-01"},
		{"no date", "case|activity|Date|Time", "A1|Create||10:00", eventio.Mapping{"time": "Date+Time"}, `column "Date+Time" is empty`},
		{"date and time of day in a layout", "case|activity|Date|Time", "A1|Create|01/02/12|1000", eventio.Mapping{"time": "Date+Time@2/1/06 1504"}, "2012-02-01T10:00:00+01:00"},
		{"day or month first", "case|activity|Date|Time", "A1|Create|01/02/2012|10:00", eventio.Mapping{"time": "Date+Time"}, `--map 'time=Date+Time@2/1/2006 15:04' (day first)`},
		{"one column twice", "case|activity|Date|Time", "A1|Create|2012-01-01|10:00", eventio.Mapping{"time": "Date+Date"}, `there is no column "Date+Date"`},
		{"two columns of a case", "case|no|activity|time", "A|1|Create|2012-01-01", eventio.Mapping{"case": "case+no"}, `there is no column "case+no"`},

		{"days of a spreadsheet, not said", "case|activity|timestamp", "A1|Create|40909.5", nil, `--map time=timestamp@excel`},
		{"days of a spreadsheet", "case|activity|timestamp", "A1|Create|40909.5", eventio.Mapping{"time": "timestamp@excel"}, "2012-01-01T12:00:00+01:00"},
		{"days of a spreadsheet, with a comma", "case|activity|timestamp", "A1|Create|40909,5", eventio.Mapping{"time": "timestamp@excel"}, "2012-01-01T12:00:00+01:00"},
		{"a whole day of a spreadsheet", "case|activity|timestamp", "A1|Create|40909", eventio.Mapping{"time": "timestamp@excel"}, "2012-01-01"},
		{"the day that never was", "case|activity|timestamp", "A1|Create|60", eventio.Mapping{"time": "timestamp@excel"}, "is not a time in the layout"},
		{"a year of two digits", "case|activity|timestamp", "A1|Create|01/02/12 10:00", nil, `--map 'time=timestamp@2/1/06 15:04' (day first) or 'time=timestamp@1/2/06 15:04' (month first)`},

		{"a decimal comma, not said", "case|activity|timestamp|fee", "A1|Create|2012-01-01|35,50", nil, "2012-01-01 1 of another type"},
		{"a decimal comma", "case|activity|timestamp|fee", "A1|Create|2012-01-01|35,50", eventio.Mapping{"decimal": "comma"}, "2012-01-01 fee=35.5"},
		{"and thousands", "case|activity|timestamp|fee", "A1|Create|2012-01-01|-1.035.000,5", eventio.Mapping{"decimal": "comma"}, "2012-01-01 fee=-1035000.5"},
		{"a point where a comma was said", "case|activity|timestamp|fee", "A1|Create|2012-01-01|35.50", eventio.Mapping{"decimal": "comma"}, "2012-01-01 1 of another type"},
		{"neither comma nor point", "case|activity|timestamp|fee", "A1|Create|2012-01-01|1", eventio.Mapping{"decimal": ","}, "--map decimal=,: expected comma or point"},
	} {
		z := zone(t, "Europe/Rome")
		b := event.NewBuilder(event.Options{Zone: z, Schema: map[string]event.Kind{"fee": event.Number}})
		got, err := one(c.header, c.row, c.m, b)
		if err != nil {
			if got = errs.In(err, errs.En); !strings.Contains(got, c.want) {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
			continue
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// one reads a table of one row and says what it has.
func one(header, row string, m eventio.Mapping, b *event.Builder) (string, error) {
	p, err := NewPlan(strings.Split(header, "|"), eventio.Read{File: "t.csv", Map: m}, b)
	if err != nil {
		return "", err
	}
	var cells [][]byte
	for _, c := range strings.Split(row, "|") {
		cells = append(cells, []byte(c))
	}
	if err := p.Learn(func(yield func([][]byte) bool) { yield(cells) }); err != nil {
		return "", err
	}
	f := NewFiller(p, b.Zone())
	if fault := f.Add(cells); fault != nil {
		return "", &errs.Error{What: fault.What, Next: fault.Next}
	}
	if err := b.AppendBatch(f.Done()); err != nil {
		return "", err
	}
	l, err := b.Finish()
	if err != nil {
		return "", err
	}
	e := l.Event(0)
	s := event.Value{Kind: e.Time.Kind, At: e.Time.At}.Text(l.Zone)
	if e.Actor.OK {
		s += " " + e.Actor.Value
	}
	for _, a := range e.Attrs {
		if a.Name == "fee" {
			s += " fee=" + a.Value.Text(l.Zone)
		}
	}
	if c := l.Attr("fee"); c != nil && c.Mistyped > 0 {
		s += " 1 of another type"
	}
	return s, nil
}
