package logmap

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Alike are names of one kind that look the same and aren't: they differ in case, in
// width (Ａ１ and A1), in how accents are composed, in spaces. Names compare exactly
// (spec §1), so that what was meant as one is several, and each lacks the others' events.
type Alike struct {
	Of     errs.Text // what the names are of
	Names  []string  // the first of them that look the same
	Groups int       // how many there are that do, this one included
}

// AlikeTypes looks at event types, of which there are few.
func AlikeTypes(l *event.Log) []Alike {
	return alike(errs.T("event types", "事件类型"), all(l.Types.Len(), l.Types.Name))
}

// AlikeNames looks at all other names: objects and their types, officials, units.
func AlikeNames(l *event.Log) []Alike {
	var out []Alike
	byType := map[string][]string{}
	for o := event.ObjectID(1); int(o) <= l.Objects.Len(); o++ {
		byType[l.Objects.TypeName(o)] = append(byType[l.Objects.TypeName(o)], l.Objects.Name(o))
	}
	types := make([]string, 0, len(byType))
	for typ, names := range byType {
		types = append(types, typ)
		out = append(out, alike(errs.Tf("objects of type %s", "类型 %s 的对象", typ), names)...)
	}
	out = append(out, alike(errs.T("types of objects", "对象类型"), types)...)
	out = append(out, alike(errs.T("officials", "人员"), used(l, l.Actor))...)
	out = append(out, alike(errs.T("units", "单位"), used(l, l.Unit))...)
	slices.SortFunc(out, func(a, b Alike) int { return cmp.Compare(a.Of.En, b.Of.En) })
	return out
}

func all(n int, name func(uint32) string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = name(uint32(i + 1))
	}
	return out
}

// used are the names that a column of codes has.
func used(l *event.Log, col []uint32) (out []string) {
	seen := map[uint32]bool{0: true}
	for _, c := range col {
		if !seen[c] {
			seen[c] = true
			out = append(out, l.Strings.Name(c))
		}
	}
	return out
}

func alike(of errs.Text, names []string) []Alike {
	groups := map[string][]string{}
	var several []string
	for _, n := range names {
		k := looks(n)
		groups[k] = append(groups[k], n)
		if len(groups[k]) == 2 {
			several = append(several, k)
		}
	}
	if len(several) == 0 {
		return nil
	}
	first := slices.Sorted(slices.Values(groups[slices.Min(several)]))
	return []Alike{{of, first[:min(len(first), 4)], len(several)}}
}

// looks is a name as it looks to whoever doesn't look closely.
func looks(name string) string {
	for i := range len(name) {
		if c := name[i]; c >= 0x80 {
			name = norm.NFKC.String(name)
			break
		}
	}
	return strings.Join(strings.Fields(strings.ToLower(name)), " ")
}

// Text says it for a person.
func (a Alike) Text() errs.Text {
	shown := make([]string, len(a.Names))
	for i, n := range a.Names {
		shown[i] = shownApart(n)
	}
	t := errs.T(a.Of.En+" that differ only in case, width, spaces or composed characters are different ones: "+strings.Join(shown, ", "),
		"仅大小写、全半角、空格或组合字符不同的"+a.Of.Zh+"视为不同："+strings.Join(shown, "、"))
	if a.Groups > 1 {
		more := errs.Tf(" (and %d more groups)", "（另有 %d 组）", a.Groups-1)
		t.En, t.Zh = t.En+more.En, t.Zh+more.Zh
	}
	return t
}

// shownApart is a name so that its difference from others can be seen.
func shownApart(name string) string {
	const most = 60
	cut := ""
	if len(name) > most {
		name, cut = strings.ToValidUTF8(name[:most], ""), "…"
	}
	if !norm.NFC.IsNormalString(name) {
		return strconv.QuoteToASCII(name) + cut
	}
	return strconv.Quote(name) + cut
}
