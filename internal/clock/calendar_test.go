package clock

import (
	"testing"
	"time"
)

// The sums that the notices' readers published: weekdays of the year less the
// statutory days, 11 in 2024 and 13 since.
func TestChinaWorkingDaysOfTheYear(t *testing.T) {
	cn, ok := Builtin("cn")
	if !ok {
		t.Fatal("no calendar cn")
	}
	for year, want := range map[int]int{2024: 251, 2025: 248, 2026: 248} {
		got := 0
		for d := NewDay(year, time.January, 1); d <= NewDay(year, time.December, 31); d++ {
			if cn.Working(d) {
				got++
			}
		}
		if got != want {
			t.Errorf("%d has %d working days, want %d", year, got, want)
		}
	}
}
