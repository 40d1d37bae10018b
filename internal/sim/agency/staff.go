package agency

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// post is what an officer does.
type post uint8

const (
	cityHead post = iota
	countyHeadPost
	departmentHead
	investigator
	patrol
	legalReviewer
	centreStaff
	keeper
)

var posts = [...]struct{ id, zh string }{
	{"city_head", "市公安局负责人"}, {"county_head", "县级公安机关负责人"}, {"case_department_head", "办案部门负责人"}, {"investigator", "侦查员"},
	{"patrol_officer", "巡逻民警"}, {"legal_reviewer", "法制审核员"}, {"detention_centre_officer", "看守所民警"}, {"exhibit_keeper", "涉案财物保管员"},
}

// ranks of a post, the lower more often.
var ranks = map[post][]string{
	cityHead: {"一级警监", "二级警监"}, countyHeadPost: {"三级警监", "一级警督"}, departmentHead: {"二级警督", "一级警督"},
	investigator: {"二级警司", "一级警司", "三级警督"}, patrol: {"一级警员", "三级警司", "二级警司"}, legalReviewer: {"一级警司", "三级警督"},
	centreStaff: {"三级警司", "一级警司"}, keeper: {"一级警员", "二级警司"},
}

// officer is a person in a post. Share is the part of the unit's work that falls
// to them, cumulated over the unit's officers of the post.
type officer struct {
	no    int32
	unit  int32
	post  post
	rank  string
	shift int // of four, for those who work around the clock; −1: office hours
	share float64
}

func officerID(no int32) string { return "P" + strconv.Itoa(int(no)) }

// unit is a node of the tree: the bureau, a branch, a station or squad.
type unit struct {
	no, parent int32
	id, en, zh string
	county     int // −1: the bureau
	squad      bool
	officers   map[post][]officer
}

// staff is the whole agency. Its units are numbered from 1.
type staff struct {
	units  []unit
	branch []int32   // of each county: the branch's own unit
	desks  [][]int32 // of each county: stations and squads
	count  int32     // of officers
}

const (
	stationsPerCounty = 3
	squadsPerCounty   = 2
)

// newStaff makes an agency that is large enough for its work, as agencies are,
// roughly.
func newStaff(o Options) *staff {
	r := rand.New(rand.NewPCG(o.Seed, 0x5ca1ab1e))
	s := &staff{}
	perDesk := float64(o.Cases) / float64(o.Units*(stationsPerCounty+squadsPerCounty))
	perDay := float64(o.Cases) / float64(o.Units*o.Days)
	people := 4 + int(perDesk/60)
	bureau := s.add(unit{county: -1, id: "bureau", en: "City bureau", zh: "市公安局"})
	s.hire(r, bureau, cityHead, 2)
	for c := range o.Units {
		n := strconv.Itoa(c + 1)
		branch := s.add(unit{parent: bureau, county: c, id: "county-" + n, en: "County branch " + n, zh: "第" + n + "分局"})
		s.branch = append(s.branch, branch)
		s.hire(r, branch, countyHeadPost, 3+int(perDay/2))
		s.hire(r, branch, legalReviewer, 3+int(perDay))
		s.hire(r, branch, centreStaff, 8+int(perDay))
		s.hire(r, branch, keeper, 2)
		var desks []int32
		for k := range stationsPerCounty + squadsPerCounty {
			u := unit{parent: branch, county: c, squad: k >= stationsPerCounty}
			m := strconv.Itoa(k + 1)
			u.id, u.en, u.zh = "county-"+n+"-station-"+m, "Police station "+n+"-"+m, "第"+n+"分局第"+m+"派出所"
			if u.squad {
				m = strconv.Itoa(k - stationsPerCounty + 1)
				u.id, u.en, u.zh = "county-"+n+"-squad-"+m, "Criminal squad "+n+"-"+m, "第"+n+"分局刑侦"+m+"中队"
			}
			no := s.add(u)
			s.hire(r, no, departmentHead, 1+people/20)
			s.hire(r, no, investigator, people)
			s.hire(r, no, patrol, 8+people)
			desks = append(desks, no)
		}
		s.desks = append(s.desks, desks)
	}
	// Beside those whom it looks at, so that its people may verify what they answer
	// for; nobody of it acts in a case.
	s.add(unit{parent: bureau, county: -1, id: "oversight", en: "Oversight office", zh: "执法监督支队"})
	return s
}

func (s *staff) add(u unit) int32 {
	u.no = int32(len(s.units) + 1)
	u.officers = map[post][]officer{}
	s.units = append(s.units, u)
	return u.no
}

func (s *staff) unit(no int32) *unit { return &s.units[no-1] }

// hire fills a post; some officers get several times the work of others.
func (s *staff) hire(r *rand.Rand, no int32, p post, n int) {
	u := s.unit(no)
	sum := 0.0
	for i := range n {
		s.count++
		o := officer{no: s.count, unit: no, post: p, shift: -1, rank: ranks[p][min(r.IntN(len(ranks[p])), r.IntN(len(ranks[p])))]}
		if p == patrol || p == centreStaff {
			o.shift = i % 4
		}
		sum += 0.3 + r.ExpFloat64()
		o.share = sum
		u.officers[p] = append(u.officers[p], o)
	}
	for i := range u.officers[p] {
		u.officers[p][i].share /= sum
	}
}

// pick is an officer of a unit's post, by workload, but none of those named.
func (s *staff) pick(r *rand.Rand, no int32, p post, but ...int32) int32 {
	list := s.unit(no).officers[p]
	x := r.Float64()
	at := 0
	for at < len(list)-1 && list[at].share < x {
		at++
	}
	for range list {
		if !isOne(but, list[at].no) {
			return list[at].no
		}
		at = (at + 1) % len(list)
	}
	return list[at].no
}

// onShift is an officer of a post who is on duty then: four shifts of eight
// hours take turns.
func (s *staff) onShift(r *rand.Rand, no int32, p post, t int64, but ...int32) int32 {
	list := s.unit(no).officers[p]
	shift := int(floorDiv(t+china, 8*hour) % 4)
	at := r.IntN(len(list))
	for i := range list {
		o := &list[(at+i)%len(list)]
		if o.shift == shift && !isOne(but, o.no) {
			return o.no
		}
	}
	return s.pick(r, no, p, but...)
}

func isOne(list []int32, no int32) bool {
	for _, x := range list {
		if x == no {
			return true
		}
	}
	return false
}

// file is the organisation as YAML.
func (s *staff) file() []byte {
	var b strings.Builder
	b.WriteString("# The simulated agency: units, and the officers in their posts.\n# 模拟机关：单位及在岗人员。\nunits:\n")
	for i := range s.units {
		u := &s.units[i]
		fmt.Fprintf(&b, "  - {id: %s, title: {en: %s, zh: %s}", u.id, u.en, u.zh)
		if u.parent != 0 {
			fmt.Fprintf(&b, ", parent: %s", s.unit(u.parent).id)
		}
		b.WriteString("}\n")
	}
	b.WriteString("posts:\n")
	for _, p := range posts {
		fmt.Fprintf(&b, "  %s: {zh: %s}\n", p.id, p.zh)
	}
	b.WriteString("officers:\n")
	for i := range s.units {
		u := &s.units[i]
		for p := range posts {
			before := 0.0
			for _, o := range u.officers[post(p)] {
				fmt.Fprintf(&b, "  - {id: %s, unit: %s, post: %s, rank: %s, workload: %.3f", officerID(o.no), u.id, posts[p].id, o.rank, o.share-before)
				before = o.share
				if o.shift >= 0 {
					fmt.Fprintf(&b, ", shift: %d", o.shift+1)
				}
				b.WriteString("}\n")
			}
		}
	}
	return []byte(b.String())
}
