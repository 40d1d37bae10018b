package rule

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/event"
)

// Parse reads and checks a pack; file is its name for messages. The error is
// an [errs.List] with every fault found. Calendars are the built-in ones.
func Parse(file string, src []byte) (*Pack, Lint, error) {
	return ParseWith(file, src, nil, nil)
}

// ParseWith is [Parse] for a pack that has calendars or a vocabulary beside
// it. find gives a calendar by name, nil where it knows none of that name (the
// built-in ones are then asked); it and vocab may be nil.
func ParseWith(file string, src []byte, find func(name string) (*clock.Calendar, error), vocab *Vocabulary) (*Pack, Lint, error) {
	s, src := newSource(file, src)
	var node *packNode
	if src != nil {
		if root := s.readYAML(src, errs.T("a pack begins with pack, version, title and log", "规则包以 pack、version、title、log 开头")); root != nil {
			node = parser{s}.pack(root)
		}
	}
	if node == nil || node.keys == nil {
		lint, err := s.result()
		return nil, lint, err
	}
	c := &checker{source: s, node: node, find: find, vocab: vocab, calendars: map[string]*clock.Calendar{}, warned: map[string]bool{}}
	pack := c.check()
	lint, err := s.result()
	if err != nil {
		return nil, lint, err
	}
	return pack, lint, nil
}

// checker turns the nodes of a pack into a Pack. After a fault it goes on with
// something harmless in the place of what is wrong, so that one run finds
// every fault; the Pack is given out only if there was none.
type checker struct {
	*source
	node        *packNode
	pack        *Pack
	find        func(name string) (*clock.Calendar, error)
	vocab       *Vocabulary
	calendars   map[string]*clock.Calendar // asked for so far; nil: not found
	scopes      map[scope]*celScope
	rule        *Rule           // being checked
	warned      map[string]bool // undeclared attributes
	expressions []*celCheck     // all that were checked
}

// missing records that a mapping lacks a key that it must have. It says so
// only where the key isn't there: a key with a bad value had its fault.
func (c *checker) missing(k keys, at span, key string, next errs.Text) {
	if !k.has(key) {
		c.fail(at, errs.Tf("%q is missing here", "此处缺少 %q", key), next)
	}
}

// wanted warns of a key that a pack of record has and one that is being tried
// may lack; the sentence says what is taken instead.
func (c *checker) wanted(k keys, at span, key string, instead, next errs.Text) {
	if !k.has(key) {
		c.warn(at, joinText(errs.Tf("%q is missing here; ", "此处缺少 %q；", key), instead), next)
	}
}

func joinText(a, b errs.Text) errs.Text { return errs.Text{En: a.En + b.En, Zh: a.Zh + b.Zh} }

// maxName is the longest name of a pack or a rule.
const maxName = 100

var slug = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// name reads a pack's name or a rule's id.
func (c *checker) name(s *scalar) string {
	if s == nil {
		return ""
	}
	if !slug.MatchString(s.text) || len(s.text) > maxName {
		c.fail(s.at, errs.Tf("%s can't be a name; expected letters a–z, digits, - _ and .", "%s 不能作名称；只能用字母 a–z、数字、- _ 和 .", quote(s.text)),
			errs.T("write it as sent-within-90-days", "请写成 sent-within-90-days 的样子"))
	}
	return s.text
}

// text is a text that may not be empty.
func (c *checker) text(s *scalar) string {
	if s == nil {
		return ""
	}
	if strings.TrimSpace(s.text) == "" {
		c.fail(s.at, errs.T("an empty text; expected words", "文本为空"), errs.Text{})
	}
	return s.text
}

// choice is the number of the word that s is among words; 0, the default,
// where s is nil or none of them.
func (c *checker) choice(s *scalar, words ...string) int {
	if s == nil {
		return 0
	}
	for i, w := range words {
		if s.text == w {
			return i
		}
	}
	all := strings.Join(words, ", ")
	next := errs.Tf("expected one of: %s", "应为以下之一：%s", all)
	if n := errs.Nearest(s.text, words); n != "" {
		next = errs.Tf("did you mean %q?", "是否想写 %q？", n)
	}
	c.fail(s.at, errs.Tf("%s is not possible here", "此处不能写 %s", quote(s.text)), next)
	return 0
}

// flag reads true or false.
func (c *checker) flag(s *scalar) bool { return c.choice(s, "false", "true") == 1 }

func (c *checker) date(s *scalar) (clock.Day, bool) {
	if s == nil {
		return 0, false
	}
	d, err := clock.ParseDay(s.text)
	if err != nil {
		c.fail(s.at, errs.Tf("%s is not a date", "%s 不是日期", quote(s.text)), errs.T("write it as 2026-03-01", "请写成 2026-03-01"))
		return 0, false
	}
	return d, true
}

var meant = regexp.MustCompile(`did you mean "([^"]*)"\?`)

// meantBy is the suggestion that an error of package clock makes.
func meantBy(err error, otherwise errs.Text) errs.Text {
	if m := meant.FindStringSubmatch(err.Error()); m != nil {
		return errs.Tf("did you mean %q?", "是否想写 %q？", m[1])
	}
	return otherwise
}

func (c *checker) duration(s *scalar) *clock.Duration {
	if s == nil {
		return nil
	}
	d, err := clock.ParseDuration(s.text)
	if err == nil {
		return &d
	}
	if strings.Contains(err.Error(), "too long") {
		c.fail(s.at, errs.Tf("%s is too long; a duration is at most about a thousand years", "%s 太长；时长最多约一千年", quote(s.text)), errs.Text{})
		return nil
	}
	if n, ok := strings.CutSuffix(s.text, "M"); ok && n != "" && strings.Trim(n, "0123456789 ") == "" { // months to many, and a minute to the nearest spelling
		c.fail(s.at, errs.Tf("%s is not a duration", "%s 不是时长", quote(s.text)),
			errs.Tf("write %[1]smo for months, %[1]sm for minutes", "月请写 %[1]smo，分钟请写 %[1]sm", strings.TrimSpace(n)))
		return nil
	}
	c.fail(s.at, errs.Tf("%s is not a duration", "%s 不是时长", quote(s.text)), meantBy(err,
		errs.T("write one whole number and one of s m h d w wd mo y, without a space: 90s 24h 30d 7wd 6mo", "请写一个整数加一个单位（s m h d w wd mo y），中间不留空格：90s 24h 30d 7wd 6mo")))
	return nil
}

// titleOr fills the languages that a title lacks.
func titleOr(t errs.Text, name string) errs.Text {
	return errs.Text{En: cmp.Or(t.En, t.Zh, name), Zh: cmp.Or(t.Zh, t.En, name)}
}

// check goes through the pack from top to bottom.
func (c *checker) check() *Pack {
	n := c.node
	c.pack = &Pack{File: c.file, Calendars: map[string]*clock.Calendar{}, Vocabulary: c.vocab}
	p := c.pack
	c.missing(n.keys, n.at, "pack", errs.T("give the pack a name, as pack: it-traffic-fines", "请给规则包命名，如 pack: it-traffic-fines"))
	c.wanted(n.keys, n.at, "version", errs.T("its version is 0", "版本记为 0"), errs.T("write version: 1.0.0", "请写 version: 1.0.0"))
	c.wanted(n.keys, n.at, "title", errs.T("its name stands for it", "以名称代之"), errs.T("write title: {en: …, zh: …}", "请写 title: {en: …, zh: …}"))
	c.wanted(n.keys, n.at, "log", errs.T("events correlate by case, days are those of UTC", "按 case 关联，日期依 UTC"), errs.T("write log: {per: case, zone: Asia/Shanghai}", "请写 log: {per: case, zone: Asia/Shanghai}"))
	p.Name, p.Version, p.Title = c.name(n.name), c.text(n.version), c.title(n.title)
	p.Version, p.Title = cmp.Or(p.Version, "0"), titleOr(p.Title, p.Name)
	p.About = c.title(n.about)
	if n.jurisdiction != nil {
		p.Jurisdiction = c.text(n.jurisdiction)
	}
	c.log(n.log)
	c.packClock(n.clock)
	ids := map[string]span{}
	for _, rn := range n.rules {
		r := c.checkRule(rn)
		if rn.id != nil {
			if at, again := ids[r.ID]; again {
				c.fail(rn.id.at, errs.Tf("a rule with the id %q stands on line %d already", "第 %[2]d 行已有 id 为 %[1]q 的规则", r.ID, at.line),
					errs.T("give each rule an id of its own", "请给每条规则各自的 id"))
			}
			ids[r.ID] = rn.id.at
		}
		p.Rules = append(p.Rules, r)
	}
	c.checkTests(n.tests)
	p.named, p.clock = c.namedLiterals(), n.clock
	return p
}

// title is a text in both languages, empty where it isn't there; a language
// that it lacks is the other.
func (c *checker) title(t *titleNode) errs.Text {
	switch {
	case t == nil:
		return errs.Text{}
	case t.plain != nil:
		s := c.text(t.plain)
		return errs.T(s, s)
	}
	for _, l := range []string{"en", "zh"} {
		c.wanted(t.keys, t.at, l, errs.T("the other language stands for it", "以另一语言代之"), errs.T("it stands in English (en) and Chinese (zh)", "须有英文（en）和中文（zh）"))
	}
	return titleOr(errs.Text{En: c.text(t.en), Zh: c.text(t.zh)}, "")
}

// kindNames are the types that an attribute may have.
var kindNames = []string{"number", "string", "bool", "time", "strings"}

func (c *checker) log(n *logNode) {
	l := &c.pack.Log
	l.Per = Key{Kind: KeyObject, Name: "case"}
	l.Attributes = map[string]event.Kind{}
	l.Zone, _ = clock.LoadZone("UTC")
	for name, a := range c.vocab.attributes() {
		if a.Kind != event.Absent {
			l.Attributes[name] = a.Kind
		}
	}
	if n == nil {
		return
	}
	if n.per != nil {
		k, ok := c.key(n.per)
		if ok && k.Kind != KeyObject {
			c.fail(n.per.at, errs.Tf("%s is no type of object; the pack's per is what a classic case is", "%s 不是对象类型；规则包的 per 相当于通常的案件", quote(n.per.text)),
				errs.T("write per: case here, and per: actor or attr.… in the rules that want it", "此处请写 per: case；需要 actor 或 attr.… 的规则请在规则内写"))
		} else if ok {
			l.Per = k
		}
	}
	c.wanted(n.keys, n.at, "zone", errs.T("days are those of UTC", "日期依 UTC"), errs.T("say where legal days begin, as zone: Asia/Shanghai", "请写明法定日期所依的时区，如 zone: Asia/Shanghai"))
	if n.zone != nil {
		if z, err := clock.LoadZone(n.zone.text); err != nil {
			c.fail(n.zone.at, errs.Tf("%s is not a time zone", "%s 不是时区", quote(n.zone.text)),
				meantBy(err, errs.T("write a name of the IANA database, as Asia/Shanghai or UTC", "请写 IANA 时区名，如 Asia/Shanghai 或 UTC")))
		} else {
			l.Zone = z
		}
	}
	if n.closes != nil {
		c.types(n.closes, func(s *scalar) { l.Closes = append(l.Closes, s.text) })
		for _, s := range n.closes.items {
			if s.text == "any" {
				c.fail(s.at, errs.T("any can't close a case: every event would", "any 不能作结案事件：那样每个事件都会结案"), errs.T("name the event types that end a case", "请写明结案的事件类型"))
			}
		}
	}
	for _, a := range n.attributes {
		k, ok := event.ParseKind(a.value.text)
		if !ok {
			c.choice(a.value, kindNames...)
		}
		if v := c.vocab.attributes()[a.key.text]; ok && v.Kind != event.Absent && v.Kind != k {
			c.fail(a.value.at, errs.Tf("%[1]q is a %[2]s here and a %[3]s in the vocabulary, at %[4]s", "%[1]q 在此为 %[2]s，而在词汇表中（%[4]s）为 %[3]s", a.key.text, k, v.Kind, v.KindPos),
				errs.T("leave it out here; the vocabulary's holds for the pack", "请删去此处；规则包以词汇表为准"))
			continue
		}
		l.Attributes[a.key.text] = k
	}
}

// key reads what correlates: an object type with or without a qualifier,
// actor, unit or attr.<name>.
func (c *checker) key(s *scalar) (Key, bool) {
	attr, isAttr := strings.CutPrefix(s.text, "attr.")
	name, qualifier, qualified := strings.Cut(s.text, "/")
	switch {
	case s.text == "actor":
		return Key{Kind: KeyActor}, true
	case s.text == "unit":
		return Key{Kind: KeyUnit}, true
	case isAttr && attr != "":
		c.public(s, c.vocab.attribute(attr), attr)
		if _, declared := c.pack.Log.Attributes[attr]; !declared {
			c.undeclared(attr, s.at)
		}
		return Key{Kind: KeyAttr, Name: attr}, true
	case isAttr, name == "", qualified && qualifier == "", strings.TrimSpace(s.text) != s.text:
		c.fail(s.at, errs.Tf("%s is nothing that events share", "%s 不能用来关联事件", quote(s.text)),
			errs.T("write an object type (case, person/suspect), actor, unit or attr.<name>", "请写对象类型（case、person/suspect）、actor、unit 或 attr.<名称>"))
		return Key{}, false
	}
	if parts := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(",;，、；", r) }); len(parts) > 1 {
		c.warn(s.at, errs.Tf("%s is one object type with a comma in its name", "%s 是一个名称中带逗号的对象类型", quote(s.text)),
			errs.Tf("if several are meant, write a list: [%s]", "若指多个，请写成列表：[%s]", strings.Join(trimmed(parts), ", ")))
	}
	c.public(s, c.vocab.object(name), name)
	c.meantObject(s, name)
	return Key{Kind: KeyObject, Name: name, Qualifier: qualifier}, true
}

func trimmed(parts []string) []string {
	for i, p := range parts {
		parts[i] = strings.TrimSpace(p)
	}
	return parts
}

// meantObject warns of an object type that nothing else names and that is
// nearly one that something does: such a rule would concern nobody.
func (c *checker) meantObject(s *scalar, name string) {
	known := []string{"case", "actor", "unit"}
	if per := c.pack.Log.Per; per.Name != "" {
		known = append(known, per.Name)
	}
	if c.vocab != nil {
		known = slices.AppendSeq(known, maps.Keys(c.vocab.Objects))
	}
	slices.Sort(known)
	if slices.Contains(known, name) {
		return
	}
	if near := errs.Nearest(name, known); near != "" {
		c.warn(s.at, errs.Tf("the object type %q is named nowhere else", "对象类型 %q 别处均未提及", name), errs.Tf("did you mean %q?", "是否想写 %q？", near))
	}
}

// undeclared warns once of an attribute that the pack doesn't declare.
func (c *checker) undeclared(name string, at span) {
	if c.warned[name] {
		return
	}
	c.warned[name] = true
	var names []string
	for n := range c.pack.Log.Attributes {
		names = append(names, n)
	}
	next := errs.Tf("declare it: log: {attributes: {%s: string}}", "请声明：log: {attributes: {%s: string}}", name)
	if n := errs.Nearest(name, names); n != "" {
		next = errs.Tf("did you mean %q?", "是否想写 %q？", n)
	}
	c.warn(at, errs.Tf("the attribute %q is not declared; it is read as a string", "属性 %q 未声明；按字符串读取", name), next)
}

// public refuses what would group or count by something that concerns members
// of the public.
func (c *checker) public(s *scalar, marked bool, name string) {
	if marked {
		c.fail(s.at, errs.Tf("%q concerns members of the public; nothing is grouped or counted by it", "%q 涉及公众成员；不得据以分组或计数", name),
			errs.T("the vocabulary beside the pack marks it (public: true)", "规则包旁的词汇表已作标记（public: true）"))
	}
}

// types goes over the event types of a list; the same type twice is warned of.
func (c *checker) types(l *list, add func(s *scalar)) {
	seen := map[string]bool{}
	for _, s := range l.items {
		switch {
		case strings.TrimSpace(s.text) == "":
			c.fail(s.at, errs.T("an empty event type", "事件类型为空"), errs.Text{})
		case seen[s.text]:
			c.warn(s.at, errs.Tf("the event type %q stands twice in this list", "事件类型 %q 在此列表中出现两次", s.text), errs.T("once is enough", "写一次即可"))
		case utf8.RuneCountInString(s.text) != utf8.RuneCountInString(strings.TrimSpace(s.text)):
			c.warn(s.at, errs.Tf("the event type %q begins or ends with a space; names compare exactly", "事件类型 %q 首尾有空格；名称须完全一致", s.text), errs.Text{})
			fallthrough
		default:
			add(s)
		}
		seen[s.text] = true
	}
}
