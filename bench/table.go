package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// line is one piece of work with what it took.
type line struct {
	work, other  string
	ours, theirs []sample
	most         float64 // to reach: seconds, or the ratio to the other
	mostRatio    bool
	mostMB       float64 // to reach; 0: none
}

func median(samples []sample, of func(sample) float64) float64 {
	v := make([]float64, len(samples))
	for i, s := range samples {
		v[i] = of(s)
	}
	slices.Sort(v)
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
}

func wall(s sample) float64 { return s.wall }
func cpu(s sample) float64  { return s.cpu }
func mb(s sample) float64   { return s.mb }

// writeTable writes the pieces of work as Markdown: medians, the ratio of the
// medians, and the figure to reach.
func writeTable(w io.Writer, lines []line) {
	fmt.Fprintln(w, "| work | ours | processor | memory | beside it | takes | processor | memory | ratio | reach | reached |")
	fmt.Fprintln(w, "|---|--:|--:|--:|---|--:|--:|--:|--:|---|---|")
	for _, l := range lines {
		ours, theirs := median(l.ours, wall), median(l.theirs, wall)
		cells := []string{l.work, seconds(ours), seconds(median(l.ours, cpu)), megabytes(median(l.ours, mb)),
			l.other, seconds(theirs), seconds(median(l.theirs, cpu)), megabytes(median(l.theirs, mb)), fmt.Sprintf("%.2f", ours/theirs), l.reach(), l.reached()}
		fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
	}
	fmt.Fprintln(w)
}

func (l line) reach() string {
	s := "≤ " + seconds(l.most)
	if l.mostRatio {
		s = fmt.Sprintf("≤ %.1f ×", l.most)
	}
	if l.mostMB > 0 {
		s += ", ≤ " + megabytes(l.mostMB)
	}
	return s
}

func (l line) reached() string {
	took := median(l.ours, wall)
	if l.mostRatio {
		took /= median(l.theirs, wall)
	}
	var missed []string
	if took > l.most {
		missed = append(missed, "time")
	}
	if l.mostMB > 0 && median(l.ours, mb) > l.mostMB {
		missed = append(missed, "memory")
	}
	if missed == nil {
		return "yes"
	}
	return "no: " + strings.Join(missed, ", ")
}

func seconds(s float64) string {
	switch {
	case s == 0:
		return "–"
	case s < 0.1:
		return fmt.Sprintf("%.0f ms", s*1000)
	}
	return fmt.Sprintf("%.2f s", s)
}

func megabytes(mb float64) string {
	if mb == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f MB", mb)
}
