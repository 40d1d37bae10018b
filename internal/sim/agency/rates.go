package agency

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"plumbline/internal/errs"
)

// Rates say how often each rule is broken where it could be: a share of its
// occasions, from 0 to 1.
type Rates struct {
	Default float64
	Rules   map[string]float64 // by rule; others have the default
}

// UsualRates break every rule once in fifty occasions, and more often those that
// have few.
func UsualRates() Rates {
	r := Rates{Default: 0.02, Rules: map[string]float64{}}
	for _, rule := range []string{
		"centre-after-the-escort", "refusal-reconsideration-asked-5d", "refusal-review-asked-5d", "released-when-arrest-is-refused",
		"released-when-detention-was-wrong", "custody-recomputing-reported-5d", "custody-recount-approved", "pregnant-or-nursing-not-admitted",
		"minors-held-apart", "legal-aid-for-minors", "legal-aid-for-minors-3d", "custody-extension-granted-at-the-right-level",
		"withdrawal-told-to-referrer-3d", "agency-reconsideration-3d", "not-filed-reviewed-30d", "filed-on-order-15d", "referral-gaps-told-24h",
		"bail-12-months", "surveillance-6-months", "designated-place-family-told-24h", "compelled-appearance-extension-approved",
		"cooperation-before-crossing-regions", "transfer-after-filing-told-3d", "freeze-renewed-before-it-lapses", "family-notice-reason-noted",
		"interpreter-present", "interpreter-noted", "woman-with-a-girl", "not-filing-explained-7d", "family-told-when-the-ground-ends",
	} {
		r.Rules[rule] = 0.15
	}
	return r
}

func (r Rates) of(rule string) float64 {
	if share, ok := r.Rules[rule]; ok {
		return share
	}
	return r.Default
}

// Rules are the ids of all rules that are kept and broken here, by pack.
func Rules() map[string][]string {
	criminal, power := []string{}, []string{}
	add := func(rule string) {
		list := &criminal
		if slices.Contains(powerRules, rule) {
			list = &power
		}
		if !slices.Contains(*list, rule) {
			*list = append(*list, rule)
		}
	}
	for i := range limits {
		add(limits[i].rule)
	}
	for i := range holds {
		add(holds[i].rule)
	}
	for _, rule := range restRules {
		add(rule)
	}
	slices.Sort(criminal)
	slices.Sort(power)
	return map[string][]string{"cn-criminal-procedure": criminal, "profit-and-power": power}
}

var restRules = []string{
	"refusal-reconsideration-asked-5d", "refusal-review-asked-5d", "custody-recomputing-reported-5d", "referral-gaps-told-24h",
	"no-summons-back-to-back", "in-the-centre-once-admitted", "freeze-renewed-before-it-lapses", "frozen-money-stays",
	"many-accounts-frozen-by-one-approver", "case-accepted-before-freeze-or-seizure", "cooperation-accepted-before-acting-elsewhere",
	"no-withdrawal-soon-after-payment", "requester-does-not-approve", "decision-not-before-its-basis", "witness-does-not-handle",
	"handler-not-heard-as-witness", "step-entered-within-24-hours", "duty-ordered-before-weapon-issued", "force-user-does-not-review",
	"many-accounts-frozen-by-one-approver-in-a-week", "many-accounts-frozen-in-one-case", "freezing-is-approved-before",
	"no-payment-soon-after-withdrawal", "approval-follows-a-request", "step-not-entered-before-it-happened",
	"nobody-orders-own-armed-duty", "legal-aid-for-minors",
}

var powerRules = []string{
	"many-accounts-frozen-by-one-approver", "freeze-or-seizure-names-a-case", "case-accepted-before-freeze-or-seizure",
	"urgent-act-approved-within-24-hours", "cooperation-accepted-before-acting-elsewhere", "no-withdrawal-soon-after-payment",
	"receipt-for-money-received", "cash-fine-handed-in-within-2-days", "fine-deposited-within-2-days", "requester-does-not-approve",
	"decision-not-before-its-basis", "witness-does-not-handle", "handler-not-heard-as-witness", "case-moves-within-30-days",
	"step-entered-within-24-hours", "weapon-issue-names-a-duty-order", "duty-ordered-before-weapon-issued", "weapon-back-by-the-time-set",
	"weapon-back-within-24-hours", "video-covers-the-act", "video-is-uncut", "force-reported-within-24-hours",
	"force-reviewed-within-14-days", "force-user-does-not-review", "stop-has-a-ground",
	"many-accounts-frozen-by-one-approver-in-a-week", "many-accounts-frozen-in-one-case", "freezing-is-approved-before",
	"act-says-where-it-took-place", "no-payment-soon-after-withdrawal", "approval-follows-a-request",
	"step-not-entered-before-it-happened", "nobody-orders-own-armed-duty", "weapon-time-set-within-7-days",
}

// ReadRates reads a file of rates:
//
//	default: 0.02
//	rules:
//	  summons-12h: 0.1
//
// Errors are errs.Error with the place; an unknown rule is told with the one that
// was probably meant.
func ReadRates(file string, data []byte) (Rates, error) {
	r := Rates{Default: UsualRates().Default, Rules: map[string]float64{}}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return r, &errs.Error{Code: errs.Usage, Place: errs.Place{File: file}, Err: err, What: errs.Tf("this is no YAML: %v", "不是 YAML：%v", err),
			Next: errs.T("see the faults.yaml that a simulation writes", "请参照模拟写出的 faults.yaml")}
	}
	if len(doc.Content) == 0 {
		return r, nil
	}
	fault := func(n *yaml.Node, what, next errs.Text) error {
		return &errs.Error{Code: errs.Usage, Place: errs.Place{File: file, Line: n.Line, Column: n.Column}, What: what, Next: next}
	}
	shape := errs.T("write default: SHARE and rules: with a share for each rule", "请写 default: 比例 和 rules:（每条规则一个比例）")
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		return r, fault(top, errs.T("expected keys and values", "应为键和值"), shape)
	}
	for i := 0; i < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		switch {
		case key.Value == "default":
			share, err := readShare(value, fault)
			if err != nil {
				return r, err
			}
			r.Default = share
		case key.Value == "rules" && value.Kind == yaml.MappingNode:
			if err := r.readRules(value, fault); err != nil {
				return r, err
			}
		case key.Value == "rules" && value.Tag == "!!null":
		case key.Value == "rules":
			return r, fault(value, errs.T("rules: expected a share for each rule", "rules：应为每条规则一个比例"), shape)
		default:
			return r, fault(key, errs.Tf("unknown key %q", "未知的键 %q", key.Value), errs.DidYouMean(key.Value, []string{"default", "rules"}))
		}
	}
	return r, nil
}

func (r *Rates) readRules(node *yaml.Node, fault func(*yaml.Node, errs.Text, errs.Text) error) error {
	var known []string
	for _, list := range Rules() {
		known = append(known, list...)
	}
	slices.Sort(known)
	for i := 0; i < len(node.Content); i += 2 {
		rule, value := node.Content[i], node.Content[i+1]
		if !slices.Contains(known, rule.Value) {
			return fault(rule, errs.Tf("unknown rule %q", "未知的规则 %q", rule.Value), errs.DidYouMean(rule.Value, known))
		}
		if _, twice := r.Rules[rule.Value]; twice {
			return fault(rule, errs.Tf("%s stands twice", "%s 出现两次", rule.Value), errs.T("leave one of them out", "请去掉其中一个"))
		}
		share, err := readShare(value, fault)
		if err != nil {
			return err
		}
		r.Rules[rule.Value] = share
	}
	return nil
}

func readShare(n *yaml.Node, fault func(*yaml.Node, errs.Text, errs.Text) error) (float64, error) {
	var share float64
	if err := n.Decode(&share); err != nil || !(share >= 0 && share <= 1) {
		return 0, fault(n, errs.Tf("%q is no share", "%q 不是比例", n.Value), errs.T("write a number from 0 to 1, as 0.02", "请写 0 到 1 之间的数，如 0.02"))
	}
	return share, nil
}

// File is the rates as a file to edit.
func (r Rates) File() []byte {
	var b strings.Builder
	b.WriteString("# How often each rule is broken where it could be: a share of its occasions, 0 to 1.\n" +
		"# A rule that isn't named has the default. Give the file to simulate with --faults.\n" +
		"# 每条规则在可能违反之处被违反的比例（0 至 1）；未列出的规则用 default。用 --faults 读取。\n")
	fmt.Fprintf(&b, "default: %v\nrules:\n", r.Default)
	all := Rules()
	for _, pack := range []string{"cn-criminal-procedure", "profit-and-power"} {
		fmt.Fprintf(&b, "  # %s\n", pack)
		for _, rule := range all[pack] {
			fmt.Fprintf(&b, "  %s: %v\n", rule, r.of(rule))
		}
	}
	return []byte(b.String())
}
