package i18n

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

var verb = regexp.MustCompile(`%(\[(\d+)\])?([a-z0-9]*[a-z])`)

// verbs are the arguments that a text takes, by number.
func verbs(s string) string {
	next := 1
	var out []string
	for _, m := range verb.FindAllStringSubmatch(s, -1) {
		n := next
		if m[2] != "" {
			fmt.Sscan(m[2], &n)
		}
		next = n + 1
		out = append(out, fmt.Sprint(n, m[3]))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestCatalogueIsComplete(t *testing.T) {
	latin := regexp.MustCompile(`[A-Za-z]{2,}`)
	for key, e := range catalogue() {
		if e.En == "" || e.Zh == "" {
			t.Errorf("%s has a text in one language only", key)
		}
		if verbs(e.En) != verbs(e.Zh) || e.One != "" && verbs(e.One) != verbs(e.En) {
			t.Errorf("%s takes other arguments in one language: %q, %q, %q", key, e.En, e.One, e.Zh)
		}
		for _, r := range e.En + e.One {
			if unicode.Is(unicode.Han, r) {
				t.Errorf("%s: Chinese in the English text %q", key, e.En)
				break
			}
		}
		if w := latin.FindString(strings.ReplaceAll(verb.ReplaceAllString(e.Zh, ""), "SHA-256", "")); w != "" {
			t.Errorf("%s: English in the Chinese text: %q of %q", key, w, e.Zh)
		}
	}
}

// Every key is used, and every key used is there. A key that is put together
// from a section and a name ("verdict." + v) is used where both stand in the
// program.
func TestKeysAreUsed(t *testing.T) {
	called := regexp.MustCompile(`\.[TN]\("([a-z0-9_]+\.[a-z0-9_.]*)"|\.T "([a-z0-9_]+\.[a-z0-9_.]*)"`)
	literal := regexp.MustCompile(`"([a-z0-9_.]+)"`)
	literals := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && path == filepath.Join("..", "web") {
			return filepath.SkipDir // it has words of its own, and a test of them
		}
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") || !slices.Contains([]string{".go", ".tmpl"}, filepath.Ext(path)) {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range called.FindAllStringSubmatch(string(src), -1) {
			key := m[1] + m[2]
			if _, ok := catalogue()[key]; !ok && !strings.HasSuffix(key, ".") && !strings.HasSuffix(key, "_") {
				t.Errorf("%s uses %q, which words.yaml doesn't have", path, key)
			}
		}
		for _, m := range literal.FindAllStringSubmatch(string(src), -1) {
			literals[m[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// names that the engine gives, and ends that are put to a stem
	for _, name := range []string{"met", "met_late", "breached", "running", "moot", "not_evaluable", "info", "minor", "major", "critical"} {
		literals[name] = true
	}
	for key := range catalogue() {
		section, name, _ := strings.Cut(key, ".")
		put := literals[section+"."] && literals[name]
		if stem := strings.TrimSuffix(strings.TrimSuffix(name, "actor"), "unit"); stem != name {
			put = put || literals[section+"."+stem]
		}
		if !literals[key] && !put {
			t.Errorf("nothing uses %s", key)
		}
	}
}

func TestNumbers(t *testing.T) {
	w := Words{Lang: errs.En}
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 561470: "561,470", 1234567: "1,234,567", -1234: "−1,234"} {
		if got := w.Int(n); got != want {
			t.Errorf("Int(%d) = %s, want %s", n, got, want)
		}
	}
	for f, want := range map[float64]string{0: "0", 12: "12", 1234.5: "1,234.5", 0.256: "0.26", -0.5: "−0.5", -1234.25: "−1,234.25"} {
		if got := w.Number(f); got != want {
			t.Errorf("Number(%v) = %s, want %s", f, got, want)
		}
	}
	for f, want := range map[float64]string{0: "0%", 1: "100%", 0.5: "50.0%", 0.99999: ">99.9%", 0.00001: "<0.1%", 0.6994: "69.9%"} {
		if got := w.Percent(f); got != want {
			t.Errorf("Percent(%v) = %s, want %s", f, got, want)
		}
	}
	for n, want := range map[int64]string{999: "999 B", 48213: "48.2 kB", 185382899: "185 MB", 999_950_000: "1.0 GB"} {
		if got := w.Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	rome, err := clock.LoadZone("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	en, zh := Words{Lang: errs.En}, Words{Lang: errs.Zh}
	at := rome.Local(2012, 11, 15, 0, 0, 0, 0)
	last := clock.NewDay(2012, 11, 14)
	days := clock.Deadline{Due: at, LastDay: last}
	const hour, minute = 3600_000_000, 60_000_000
	for _, c := range []struct{ got, want string }{
		{en.Due(rome, days, false), "2012-11-14 24:00"},
		{en.Due(rome, days, true), "2012-11-15 00:00"},
		{en.DueInWords(rome, days, false), "24:00 of 14 Nov 2012"},
		{zh.DueInWords(rome, days, false), "2012 年 11 月 14 日 24:00"},
		{zh.DueInWords(rome, days, true), "2012 年 11 月 15 日 00:00"},
		{en.At(rome, at, true), "2012-11-15"},
		{en.At(rome, at+5_000_000, false), "2012-11-15 00:00:05"},
		{en.Lateness(clock.Lateness{Days: 1}), "1 day"},
		{zh.Lateness(clock.Lateness{Days: 12}), "12 天"},
		{en.Lateness(clock.Lateness{Micros: 7*hour + 5*minute}), "7 h 05 min"},
		{zh.Lateness(clock.Lateness{Micros: 28*hour + 40*minute}), "28 小时 40 分"},
		{en.Lateness(clock.Lateness{Micros: 81 * hour}), "3 d 9 h"},
		{en.Lateness(clock.Lateness{Micros: 90_000_000}), "1 min 30 s"},
		{en.Lateness(clock.Lateness{Micros: 1}), "under 1 s"},
		{en.Duration(clock.Duration{N: 7, Unit: clock.UnitWorkingDay}), "7 working days"},
		{zh.Duration(clock.Duration{N: 6, Unit: clock.UnitMonth}), "6 个月"},
		{en.Duration(clock.Duration{N: 1, Unit: clock.UnitYear}), "1 year"},
		{en.Millis(820), "0.8 s"}, {zh.Millis(64), "0.064 秒"}, {en.Millis(90_000), "1 min 30 s"},
		{en.List([]string{"a", "b", "c"}), "a, b or c"}, {zh.List([]string{"甲", "乙"}), "甲 或 乙"}, {en.List(nil), ""},
		{en.N("log.events", 1), "1 event"}, {en.N("log.events", 1234), "1,234 events"}, {zh.N("log.events", 1), "事件 1 条"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
