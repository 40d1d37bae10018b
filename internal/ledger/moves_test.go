package ledger

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/org"
)

// testdata/moves.txt says, course by course, who makes which move, and what comes
// of it: the state, or the rule that refuses.
func TestMoves(t *testing.T) {
	f, err := os.Open("testdata/moves.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var c *course
	o := organisation(t, bureau)
	line := 0
	for scan := bufio.NewScanner(f); scan.Scan(); {
		line++
		text, _, _ := strings.Cut(scan.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if words[0] == "course" {
			subject := ""
			if len(words) > 1 {
				subject = words[1]
			}
			c = begin(t, o, subject)
			continue
		}
		if words[0] == "on" {
			c.now = instant(t, words[1]+"T09:00")
			continue
		}
		asked, want, ok := strings.Cut(text, "→")
		if !ok {
			t.Fatalf("line %d: no →", line)
		}
		if got := step(t, c, strings.Fields(asked)); got != strings.TrimSpace(want) {
			t.Errorf("line %d: %s\n got %s\nwant %s", line, strings.TrimSpace(asked), got, strings.TrimSpace(want))
		}
		if got, want := fmt.Sprintf("%+v", c.m.item.Standing), fmt.Sprintf("%+v", c.m.item.Fold(c.m.moves)); got != want {
			t.Fatalf("line %d: the row isn't the fold\n row %s\nfold %s", line, got, want)
		}
	}
}

// step makes one move of a line: WHO KIND [KEY=VALUE…]; judge met|stands|withdrawn.
func step(t *testing.T, c *course, words []string) string {
	t.Helper()
	if words[0] == "judge" {
		told := map[string]Told{"met": IsMet, "stands": IsStanding, "withdrawn": IsWithdrawn}[words[1]]
		if m, ok := c.m.item.Judge(c.l.Policy(), "f1", told, c.now); ok {
			c.m.moves = append(c.m.moves, m)
			c.m.item.Standing = c.m.item.After(&m)
			return string(c.m.item.State)
		}
		return "nothing"
	}
	say := Content{}
	for _, w := range words[2:] {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "owner":
			say.Owner = person(value).Person
		case "outcome":
			say.Outcome = Outcome(value)
		case "reason":
			say.Reason = value
		case "until":
			say.Until = instant(t, value)
		case "answer":
			say = answer
		case "why":
			say.Text = why.Text
		case "cause":
			say.Cause = value
		case "link":
			say.Link, say.LinkAs, say.Text = value, "related", "one cause"
		}
	}
	err := c.move(person(words[0]), Kind(words[1]), say)
	if err == nil {
		return string(c.m.item.State)
	}
	var r *Refused
	if !errors.As(err, &r) {
		t.Fatal(err)
	}
	if errs.In(err, errs.Zh) == errs.In(err, errs.En) {
		t.Errorf("only in one language: %v", err)
	}
	if r.Because == Lacking {
		names := make([]string, len(r.Lacks))
		for i, n := range r.Lacks {
			names[i] = string(n)
		}
		return "lacks " + strings.Join(names, " ")
	}
	return map[Reason]string{Faster: "faster", NotNow: "not now", Barred: "barred " + r.Rule}[r.Because]
}

// What nobody can see is no cause, no measure and no reason for the lack of files.
func TestWordsThatNobodySees(t *testing.T) {
	c := begin(t, organisation(t, bureau), "")
	for _, words := range []string{"\u200b", "\u3164", "\u2060 \u202e"} {
		_ = step(t, c, strings.Fields("inspector assign owner=lake-head"))
		err := c.move(person("lake-head"), Claim, Content{Outcome: Fixed, Cause: words, Measure: words, NoFiles: words})
		var r *Refused
		if !errors.As(err, &r) || fmt.Sprint(r.Lacks) != "[cause measure evidence]" {
			t.Errorf("%q: %v", words, err)
		}
	}
}

// Whoever stood in the chain of command when it was claimed, or had declared a conflict, stays
// out also where the organisation says by now that it never was so.
func TestDatedBack(t *testing.T) {
	was := organisation(t, bureau)
	for who, rewritten := range map[string]string{
		"lake-officer": strings.Replace(bureau, "{id: lake-officer, unit: lake,", "{id: lake-officer, unit: oversight,", 1),
		"spouse":       strings.Replace(strings.Replace(bureau, "{a: spouse, b: lake-head, kind: kinship}", "{a: spouse, b: director, kind: kinship}", 1), "{id: spouse, unit: south", "{id: spouse, unit: oversight", 1),
		"inspector":    bureau,
	} {
		is := organisation(t, rewritten)
		c := begin(t, was, "")
		c.must(person("inspector"), Assign, Content{Owner: "lake-head"})
		c.must(person("lake-head"), Claim, answer)
		claimed := c.now
		c.now += 24 * 3600 * 1_000_000
		c.l.opt.Org = func() *org.Organisation { return is }
		asked := func(known *org.Organisation, err error) error {
			c.l.opt.Then = func(_ context.Context, at clock.Instant) (*org.Organisation, error) {
				if at != claimed {
					t.Errorf("asked what was known at %d", at)
				}
				return known, err
			}
			return c.move(person(who), Verify, why)
		}
		var r *Refused
		if err := asked(nil, errors.New("broken")); !errors.As(err, &r) || r.Rule != BarUnknown {
			t.Errorf("%s, where nobody can say what was known: %v", who, err)
		}
		want := map[string]string{"lake-officer": BarCommand, "spouse": BarConflict}[who]
		if err := asked(was, nil); want == "" && err != nil || want != "" && (!errors.As(err, &r) || r.Rule != want) {
			t.Errorf("%s: %v, want %q", who, err, want)
		}
	}
}
