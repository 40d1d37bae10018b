package trial

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"plumbline/internal/rule"
)

// fields are what a rule says, by the path of each key: when.event, when.where,
// must.within. A pattern that is an event type alone is written out, so that a
// condition which is added is one change and not two.
func fields(r *rule.Rule) (map[string]string, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(r.String()), &doc); err != nil {
		return nil, fmt.Errorf("reading rule %s as it writes itself: %w", r.ID, err)
	}
	out := map[string]string{}
	if err := flatten(doc.Content[0], "", out); err != nil {
		return nil, err
	}
	return out, nil
}

var patterns = []string{"when", "unless", "of", "followed_by", "preceded_by"}

func flatten(n *yaml.Node, path string, out map[string]string) error {
	last := path[strings.LastIndexByte(path, '.')+1:]
	switch {
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			at := n.Content[i].Value
			if path != "" {
				at = path + "." + at
			}
			if err := flatten(n.Content[i+1], at, out); err != nil {
				return err
			}
		}
		return nil
	case slices.Contains(patterns, last):
		path += ".event"
	}
	if n.Kind == yaml.ScalarNode {
		out[path] = n.Value
		return nil
	}
	text, err := yaml.Marshal(&yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, Content: n.Content})
	out[path] = strings.TrimSpace(string(text))
	return err
}

// differences are the fields that two versions don't have alike, in the order
// of their names.
func differences(old, now map[string]string) []Change {
	all := maps.Clone(old)
	maps.Copy(all, now)
	out := []Change{}
	for _, f := range slices.Sorted(maps.Keys(all)) {
		if old[f] != now[f] {
			out = append(out, Change{Field: f, Old: old[f], New: now[f]})
		}
	}
	return out
}

// telling are the fields that say what a rule is called and rests on; the
// others say what it asks.
var telling = []string{"id", "title", "says", "basis", "severity"}

// alike is the part of all that two rules ask which both ask, their names aside.
func alike(a, b map[string]string) float64 {
	same, all := 0, 0
	ask := func(field string) bool {
		first, _, _ := strings.Cut(field, ".")
		return !slices.Contains(telling, first)
	}
	for f, v := range a {
		if !ask(f) {
			continue
		}
		all++
		if b[f] == v {
			same++
		}
	}
	for f, v := range b {
		if ask(f) && a[f] != v {
			if _, both := a[f]; !both {
				all++
			}
		}
	}
	return float64(same) / float64(max(1, all))
}

// general is what a pack says for all its rules.
func general(p *rule.Pack) map[string]string {
	out := map[string]string{"log.per": p.Log.Per.String(), "log.zone": p.Log.Zone.Name(), "log.closes": strings.Join(p.Log.Closes, ", "), "clock": p.ClockText()}
	for name, kind := range p.Log.Attributes {
		out["log.attributes."+name] = kind.String()
	}
	return out
}

// generalChanges are the differences between packs of one name; a calendar of
// one name with other days is one.
func generalChanges(old, now []*rule.Pack) []Change {
	out := []Change{}
	for _, p := range now {
		i := slices.IndexFunc(old, func(q *rule.Pack) bool { return q.Name == p.Name })
		if i < 0 && len(old) == 1 && len(now) == 1 {
			i = 0
		}
		if i < 0 {
			continue
		}
		out = append(out, differences(general(old[i]), general(p))...)
		for _, name := range slices.Sorted(maps.Keys(p.Calendars)) {
			if was := old[i].Calendars[name]; was != nil && !reflect.DeepEqual(was, p.Calendars[name]) {
				out = append(out, Change{Field: "calendar " + name, Old: was.Source(), New: p.Calendars[name].Source()})
			}
		}
	}
	return out
}
