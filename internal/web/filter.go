package web

import (
	"net/url"
	"slices"
	"strings"
)

// filter is a list's address: the values of its parameters that the page knows.
type filter struct {
	path   string
	values url.Values
	odd    []string // parameters and values that it doesn't know; dropped, and said so
}

// known says what a parameter may be: one of some values, or anything where the
// list is nil.
type known map[string][]string

// newFilter takes what it knows of an address.
func newFilter(u *url.URL, k known) filter {
	f := filter{path: u.EscapedPath(), values: url.Values{}}
	for name, values := range u.Query() {
		may, ok := k[name]
		for _, v := range values {
			switch {
			case v == "": // a form's empty field
			case !ok || may != nil && !slices.Contains(may, v):
				f.odd = append(f.odd, name+"="+v)
			case !slices.Contains(f.values[name], v):
				f.values.Add(name, v)
			}
		}
	}
	slices.Sort(f.odd)
	return f
}

func (f filter) get(name string) string { return f.values.Get(name) }

// passing are the parameters of one look: where in a list, and what was just done.
var passing = map[string]bool{"after": true, "entered": true}

// link is the address with the given names and values in place of those of these
// names, from the first page on; a value "" takes a name out.
func (f filter) link(pairs ...string) string {
	out := url.Values{}
	for name, values := range f.values {
		if !passing[name] {
			out[name] = values
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		out.Del(pairs[i])
		if pairs[i+1] != "" {
			out.Set(pairs[i], pairs[i+1])
		}
	}
	return f.at(out)
}

// without is the address without one value of a name.
func (f filter) without(name, value string) string {
	out := url.Values{}
	for n, values := range f.values {
		if !passing[n] {
			out[n] = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return n == name && v == value })
		}
	}
	return f.at(out)
}

// query is what stands behind the question mark, from the first page on.
func (f filter) query() string {
	_, q, _ := strings.Cut(f.link(), "?")
	return q
}

func (f filter) at(values url.Values) string {
	if q := values.Encode(); q != "" {
		return f.path + "?" + q
	}
	return f.path
}

// chip is a filter that is set, and the address without it.
type chip struct{ Name, Value, Without string }
