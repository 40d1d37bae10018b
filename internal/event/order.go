package event

import "slices"

// InOrder is the rows that count, in the order of events ([Log.Before]), for
// the writers. inPlace says that each stands at the place that its position
// alone would give it, so that seq needs no writing.
func (l *Log) InOrder() (rows []uint32, inPlace bool) {
	rows = make([]uint32, 0, l.Events())
	sorted := true
	for r := range uint32(l.Rows()) {
		if l.Dead.Has(r) {
			continue
		}
		if n := len(rows); n > 0 && sorted && !l.Before(rows[n-1], r) {
			sorted = false
		}
		rows = append(rows, r)
	}
	if !sorted {
		l.Sort(rows)
	}
	for i, r := range rows {
		if l.SeqOf(r) != int64(i)+1 {
			return rows, false
		}
	}
	return rows, true
}

// Sort puts rows in the order of events.
func (l *Log) Sort(rows []uint32) {
	slices.SortFunc(rows, func(a, b uint32) int {
		switch {
		case a == b:
			return 0
		case l.Before(a, b):
			return -1
		}
		return 1
	})
}
