package clock

import (
	"fmt"
	"strconv"
	"strings"
)

// Unit is what a duration counts.
type Unit uint8

// The units of durations. The first three are elapsed time; the others count
// days of the local calendar.
const (
	UnitSecond Unit = iota
	UnitMinute
	UnitHour
	UnitDay
	UnitWeek
	UnitWorkingDay
	UnitMonth
	UnitYear
)

// units has for each unit how it is written and the most that a duration may
// have of it: about a thousand years, so that no sum with a date of the years
// 0000 to 9999 leaves the range of Instant and Day.
var units = [...]struct {
	sign string
	max  int64
}{
	UnitSecond: {"s", 31_556_952_000}, UnitMinute: {"m", 525_949_200}, UnitHour: {"h", 8_765_820},
	UnitDay: {"d", 365_243}, UnitWeek: {"w", 52_177}, UnitWorkingDay: {"wd", 260_887},
	UnitMonth: {"mo", 12_000}, UnitYear: {"y", 1_000},
}

// String is the unit as a duration writes it: s m h d w wd mo y.
func (u Unit) String() string { return units[u].sign }

// Duration is a number of one unit, as rules write it: 90s, 24h, 7wd, 6mo.
type Duration struct {
	N    int64 // 0 or more, at most about a thousand years
	Unit Unit
}

// String is d as [ParseDuration] reads it.
func (d Duration) String() string { return strconv.FormatInt(d.N, 10) + d.Unit.String() }

// Elapsed says whether d is elapsed time (s, m, h) and not days of a calendar.
func (d Duration) Elapsed() bool { return d.Unit <= UnitHour }

// Micros is the length of an elapsed duration in microseconds; calendar
// durations have none, and give 0.
func (d Duration) Micros() int64 {
	switch d.Unit {
	case UnitSecond:
		return d.N * usPerSecond
	case UnitMinute:
		return d.N * 60 * usPerSecond
	case UnitHour:
		return d.N * usPerHour
	}
	return 0
}

// check refuses a duration that is negative or longer than its unit's limit.
func (d Duration) check() error {
	if int(d.Unit) >= len(units) {
		return fmt.Errorf("a duration has one of the units s m h d w wd mo y")
	}
	if u := units[d.Unit]; d.N < 0 || d.N > u.max {
		return fmt.Errorf("%s: a duration is 0 to %d%s, about a thousand years", d, u.max, u.sign)
	}
	return nil
}

// ParseDuration reads one whole number and one unit: 90s 30m 24h (elapsed
// time), 3d 2w (days), 7wd (working days), 6mo 1y (months, years). Nothing
// longer than about a thousand years.
func ParseDuration(s string) (Duration, error) {
	digits := 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	n, err := strconv.ParseInt(s[:digits], 10, 64)
	if digits == 0 {
		return Duration{}, fmt.Errorf("%q is not a duration; write a whole number and a unit: 90s 30m 24h 3d 2w 7wd 6mo 1y", s)
	}
	for u, unit := range units {
		if s[digits:] != unit.sign {
			continue
		}
		d := Duration{N: n, Unit: Unit(u)}
		if err != nil || d.check() != nil {
			return Duration{}, fmt.Errorf("%q is too long; a duration is at most %d%s, about a thousand years", s, unit.max, unit.sign)
		}
		return d, nil
	}
	if sign := meantUnit(s[digits:]); sign != "" {
		return Duration{}, fmt.Errorf("%q is not a duration; did you mean %q?", s, s[:digits]+sign)
	}
	return Duration{}, fmt.Errorf("%q is not a duration; after the number write one of s m h d w wd mo y, without a space", s)
}

// meantUnit is the unit that somebody who wrote word had in mind.
func meantUnit(word string) string {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "s", "sec", "secs", "second", "seconds", "秒":
		return "s"
	case "m", "min", "mins", "minute", "minutes", "分", "分钟":
		return "m"
	case "h", "hour", "hours", "hr", "hrs", "时", "小时":
		return "h"
	case "d", "day", "days", "天", "日":
		return "d"
	case "w", "week", "weeks", "周":
		return "w"
	case "wd", "workday", "workdays", "working days", "working day", "bd", "工作日", "个工作日":
		return "wd"
	case "mo", "mon", "month", "months", "月", "个月":
		return "mo"
	case "y", "yr", "year", "years", "年":
		return "y"
	}
	return ""
}
