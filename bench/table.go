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
	took         float64 // seconds that the other took where the figure was set, on two cores with nothing else to do; 0 with mostRatio
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
	s := fmt.Sprintf("≤ %.1f ×", l.most)
	if !l.mostRatio {
		s = fmt.Sprintf("≤ %s (%.2f ×)", seconds(l.most), l.mostOf())
	}
	if l.mostMB > 0 {
		s += ", ≤ " + megabytes(l.mostMB)
	}
	return s
}

// mostOf is the figure to reach as a share of the other's time, which a slow or
// busy machine changes less than seconds.
func (l line) mostOf() float64 {
	if l.mostRatio {
		return l.most
	}
	return l.most / l.took
}

func (l line) reached() string {
	ours := median(l.ours, wall)
	ratio := ours / median(l.theirs, wall)
	said := []string{"time"}
	switch {
	case l.mostRatio && ratio <= l.most:
		said[0] += " yes"
	case l.mostRatio || ours > l.most && ratio > l.mostOf():
		said[0] += " no"
	case ours > l.most:
		said[0] += " no, as a ratio yes"
	case ratio > l.mostOf():
		said[0] += " yes, as a ratio no"
	default:
		said[0] += " yes"
	}
	if l.mostMB > 0 {
		m := "memory yes"
		if median(l.ours, mb) > l.mostMB {
			m = "memory no"
		}
		said = append(said, m)
	}
	return strings.Join(said, "; ")
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
