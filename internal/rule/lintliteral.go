package rule

import (
	"maps"
	"regexp/syntax"
	"strings"

	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"plumbline/internal/errs"
)

// NamedLiterals are the places where a condition holds who acted, which unit or
// which case against something that the rule itself brings along: a literal, or
// a value computed from nothing that the log says. Such a rule is made for
// somebody or against somebody. The language can say it and the engine judges
// it; whoever loads a pack to judge a log refuses it.
//
// It follows values, not words: an identity (.actor, .unit, .id, an attribute
// that the vocabulary says names somebody, one that another condition of the
// pack compares with such) may be tested for presence and held against what the
// log says, and nothing else.
func (p *Pack) NamedLiterals() errs.List { return p.named }

// identity is what a value names.
type identity uint8

const (
	nobody identity = iota
	anOfficial
	aUnit
	aCase
	anEvent
)

var identityTexts = [...]errs.Text{
	anOfficial: errs.T("an official", "某个办案人员"), aUnit: errs.T("a unit", "某个单位"),
	aCase: errs.T("a case", "某个案件"), anEvent: errs.T("an event", "某个事件"),
}

// fieldIdentities are the fields that name somebody or something.
var fieldIdentities = map[string]identity{"actor": anOfficial, "unit": aUnit, "id": anEvent}

// usualNames are attributes that name somebody whatever a vocabulary says: the
// names under which logs carry what readers take for actor, unit and case, so
// that the same column under its own name is no way round.
var usualNames = func() map[string]identity {
	out := map[string]identity{}
	for who, names := range map[identity]string{
		anOfficial: "actor officer official handler policeman user resource org:resource badge 办案人 办案人员 经办人 承办人 办理人 承办民警 办案民警 民警 警号",
		aUnit:      "unit claimedunit department station org:group 单位 办案单位 承办单位 部门",
		aCase:      "case case:concept:name 案件 案",
		anEvent:    "event identity:id 事件",
	} {
		for _, n := range strings.Fields(names) {
			out[n] = who
		}
	}
	return out
}()

// holds is what the value of an expression is made of.
type holds struct {
	who   identity
	at    celast.Expr // the identity
	made  celast.Expr // a literal, or something computed; nil: only what the log says
	attrs []string    // the attributes whose values it may be
}

func (h holds) with(o holds) holds {
	if h.who == nobody {
		h.who, h.at = o.who, o.at
	}
	if h.made == nil {
		h.made = o.made
	}
	h.attrs = append(h.attrs[:len(h.attrs):len(h.attrs)], o.attrs...)
	return h
}

// literalLint goes through all expressions of a pack.
type literalLint struct {
	c       *checker
	names   map[string]identity // attributes
	changed bool                // one more was found out to name somebody
	k       *celCheck           // at hand
	found   map[int64]bool      // nodes of it that were told
}

// namedLiterals finds the faults of [Pack.NamedLiterals]. What a condition
// compares with an identity is one, too, and whatever is compared with that: it
// goes round until nothing new is found.
func (c *checker) namedLiterals() errs.List {
	l := &literalLint{c: c, names: map[string]identity{}, changed: true}
	for name, a := range c.vocab.attributes() {
		if a.Names != NamesNobody {
			l.names[name] = identity(a.Names)
		}
	}
	judged := c.faults
	for l.changed {
		l.changed, c.faults = false, nil
		for _, k := range c.expressions {
			l.k, l.found = k, map[int64]bool{}
			l.root(k)
		}
	}
	found := c.faults
	c.faults = judged
	at := map[errs.Place]bool{} // what the pack's clock says is checked with every rule
	var out errs.List
	for _, e := range found {
		if !at[e.Place] {
			at[e.Place] = true
			out = append(out, e)
		}
	}
	return out
}

// root looks at a whole expression. A sum of identities, or something computed
// from one, picks somebody out by its size.
func (l *literalLint) root(k *celCheck) {
	h := l.look(k.root(), nil)
	if h.who != nobody && (h.made != nil || k.purpose == purposeNumber) {
		if h.made == nil {
			h.made = h.at
		}
		l.tell(h)
	}
}

// look is what the value of e holds; vars are those of comprehensions.
func (l *literalLint) look(e celast.Expr, vars map[string]holds) holds {
	switch e.Kind() {
	case celast.LiteralKind:
		switch v := e.AsLiteral().(type) {
		case types.Bool:
			return holds{}
		case types.String:
			if v == "" { // nobody is called that
				return holds{}
			}
		}
		return holds{made: e}
	case celast.IdentKind:
		if h, ok := vars[e.AsIdent()]; ok {
			return h
		}
		if isVariable(e) != "" {
			return holds{}
		}
		return holds{made: e} // the name of a type
	case celast.SelectKind:
		return l.field(e, vars)
	case celast.CallKind:
		return l.call(e, vars)
	case celast.ComprehensionKind:
		return l.comprehension(e.AsComprehension(), vars)
	}
	return l.collection(e, vars)
}

// collection is a list, a map or a message: all that is in it.
func (l *literalLint) collection(e celast.Expr, vars map[string]holds) (h holds) {
	switch e.Kind() {
	case celast.ListKind:
		for _, x := range e.AsList().Elements() {
			h = h.with(l.look(x, vars))
		}
	case celast.MapKind:
		for _, x := range e.AsMap().Entries() {
			h = h.with(l.look(x.AsMapEntry().Key(), vars)).with(l.look(x.AsMapEntry().Value(), vars))
		}
	case celast.StructKind:
		h.made = e
		for _, x := range e.AsStruct().Fields() {
			h = h.with(l.look(x.AsStructField().Value(), vars))
		}
	}
	return h
}

// field is a field of the event or case, an attribute, or the entry of a map
// that is written like a field: there its name is a literal.
func (l *literalLint) field(e celast.Expr, vars map[string]holds) holds {
	s := e.AsSelect()
	switch on := s.Operand(); {
	case isVariable(on) != "" && !isLocal(on, vars):
		who := fieldIdentities[s.FieldName()]
		if isVariable(on) == "case" && s.FieldName() == "id" {
			who = aCase
		}
		switch {
		case s.IsTestOnly():
			return holds{}
		case s.FieldName() == "type":
			return holds{made: e} // the pattern says which: as good as a literal
		case who != nobody:
			return holds{who: who, at: e}
		}
		return holds{}
	case isAttrs(on):
		if s.IsTestOnly() {
			return holds{}
		}
		h := holds{attrs: []string{s.FieldName()}, who: l.naming(s.FieldName())}
		if h.who != nobody {
			h.at = e
		}
		return h
	}
	h := l.look(s.Operand(), vars)
	h.made = e
	l.judge(h)
	if s.IsTestOnly() {
		return holds{}
	}
	return h
}

func isLocal(e celast.Expr, vars map[string]holds) bool {
	_, ok := vars[e.AsIdent()]
	return ok
}

// naming is what an attribute names.
func (l *literalLint) naming(attr string) identity {
	if who := l.names[attr]; who != nobody {
		return who
	}
	return usuallyNames(attr)
}

// NamesSomebody says whether an attribute of this name names an official, a
// unit, a case or an event: to a pack whose vocabulary says so, or, of a nil
// pack, by what it is called.
func NamesSomebody(p *Pack, attr string) bool {
	if p != nil && p.Vocabulary.attributes()[attr].Names != NamesNobody {
		return true
	}
	return usuallyNames(attr) != nobody
}

// usuallyNames is what an attribute names by what it is called: officer and
// officer_name, 警号 and 办案人姓名.
func usuallyNames(attr string) identity {
	name := strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(attr))
	if who := usualNames[name]; who != nobody {
		return who
	}
	for _, ending := range nameEndings {
		if who := usualNames[strings.TrimSuffix(name, ending)]; who != nobody {
			return who
		}
	}
	return nobody
}

var nameEndings = []string{"number", "name", "code", "id", "nr", "no", "姓名", "名称", "编号", "编码", "代码", "警号", "号"}

// comparing are the functions that say yes or no of values; connecting, those
// that join what is true and false already.
var (
	comparing = map[string]bool{operators.Equals: true, operators.NotEquals: true, operators.Less: true, operators.LessEquals: true,
		operators.Greater: true, operators.GreaterEquals: true, operators.In: true,
		"startsWith": true, "endsWith": true, "contains": true, "matches": true}
	connecting = map[string]bool{operators.LogicalAnd: true, operators.LogicalOr: true, operators.LogicalNot: true, operators.NotStrictlyFalse: true}
)

func (l *literalLint) call(e celast.Expr, vars map[string]holds) holds {
	call := e.AsCall()
	args := call.Args()
	if call.IsMemberFunction() {
		args = append([]celast.Expr{call.Target()}, args...)
	}
	of := make([]holds, len(args))
	var all holds
	for i, a := range args {
		of[i] = l.look(a, vars)
		all = all.with(of[i])
	}
	switch name := call.FunctionName(); {
	case connecting[name]:
		return holds{}
	case name == operators.Conditional:
		return of[1].with(of[2])
	case name == "matches" && anything(args[1]):
		return holds{}
	case name == "size" && l.k.typeOf(args[0]).Kind() == types.ListKind:
		return holds{made: e} // how many, not who
	case comparing[name]:
		l.judge(all)
		return holds{}
	case name == operators.Add && l.k.typeOf(e).Kind() != types.StringKind && l.k.typeOf(e).Kind() != types.ListKind,
		name != operators.Add && name != operators.Index:
		if all.made == nil { // the result is the rule's own making
			all.made = e
		}
		return all
	}
	l.judge(all)
	return all
}

// anything says whether a regular expression asks only that there is some letter
// or digit: every letter and every digit will do, so that it singles out nobody.
func anything(e celast.Expr) bool {
	text, ok := literal(e).(types.String)
	if !ok {
		return false
	}
	r, err := syntax.Parse(string(text), syntax.Perl)
	if err != nil || r.Op != syntax.OpCharClass {
		return false
	}
	for i := 0; i < len(lettersAndDigits); i += 2 { // ranges, in order and apart from each other
		within := false
		for j := 0; j < len(r.Rune); j += 2 {
			within = within || r.Rune[j] <= lettersAndDigits[i] && lettersAndDigits[i+1] <= r.Rune[j+1]
		}
		if !within {
			return false
		}
	}
	return true
}

// lettersAndDigits are all there are, as ranges of characters.
var lettersAndDigits = func() []rune {
	r, err := syntax.Parse(`[\pL\p{Nd}]`, syntax.Perl)
	if err != nil {
		panic("rule: " + err.Error()) // a constant
	}
	return r.Rune
}()

// judge refuses an identity beside what the rule brings along. Attributes beside
// an identity are identities from now on.
func (l *literalLint) judge(h holds) {
	if h.who == nobody {
		return
	}
	for _, a := range h.attrs {
		if l.naming(a) == nobody {
			l.names[a], l.changed = h.who, true
		}
	}
	if h.made != nil {
		l.tell(h)
	}
}

// comprehension is exists, all, map, filter: the element is what its range
// holds, the result what the steps put together.
func (l *literalLint) comprehension(x celast.ComprehensionExpr, vars map[string]holds) holds {
	inner := map[string]holds{}
	maps.Copy(inner, vars)
	over := l.look(x.IterRange(), vars)
	inner[x.IterVar()] = over
	if v := x.IterVar2(); v != "" {
		inner[v] = over
	}
	result := l.look(x.AccuInit(), vars)
	for range 2 { // what a step puts in, the next may take out
		inner[x.AccuVar()] = result
		l.look(x.LoopCondition(), inner)
		result = result.with(l.look(x.LoopStep(), inner))
	}
	inner[x.AccuVar()] = result
	return l.look(x.Result(), inner)
}

// tell records the fault, at what the rule brings along.
func (l *literalLint) tell(h holds) {
	if l.found[h.made.ID()] {
		return
	}
	l.found[h.made.ID()] = true
	at := l.k.at(l.k.offset(h.made))
	if s, ok := literal(h.made).(types.String); ok {
		at.width = len([]rune(string(s))) + 2
	}
	who, what := identityTexts[h.who], l.k.words(h.at)
	l.c.fail(at, errs.Tf("a rule may not single out %[1]s: %[3]s is held against what the rule itself brings along", "规则不得针对或者豁免%[2]s：%[3]s 只能与日志所载内容比较，不能与规则自带的值比较", who.En, who.Zh, what),
		errs.T("name the post, the role or the kind of unit by an attribute that says it; a unit is exempted by a decision of two persons recorded in the system, never in a rule",
			"请改用说明岗位、角色或者单位类别的属性；确需豁免某单位的，由两人决定并在系统中留痕，不得写入规则"))
}

// words are a field as conditions write it.
func (k *celCheck) words(e celast.Expr) string {
	s := e.AsSelect()
	if isAttrs(s.Operand()) {
		return isVariable(s.Operand().AsSelect().Operand()) + ".attr." + s.FieldName()
	}
	return isVariable(s.Operand()) + "." + s.FieldName()
}
