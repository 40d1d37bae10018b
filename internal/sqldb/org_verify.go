package sqldb

import (
	"context"
	"fmt"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/org"
)

// checkOrg looks whether the lines of each revision are those that it is sealed
// with, and whether each line is of revisions.
func (s *Store) checkOrg(ctx context.Context) error {
	if err := s.checkOrgLines(ctx); err != nil {
		return err
	}
	revisions, err := s.OrgRevisions(ctx, 1<<31-1)
	if err != nil {
		return err
	}
	var odd []string
	for _, r := range revisions {
		ended, err := s.orgLines(ctx, `ended = $1`, r.Number)
		if err != nil {
			return err
		}
		added, err := s.orgLines(ctx, `added = $1`, r.Number)
		if err != nil {
			return err
		}
		if org.Digest(ended, added) != r.Digest {
			odd = append(odd, fmt.Sprint(r.Number))
		}
	}
	if len(odd) > 0 {
		return s.wrong(errs.Tf("the organisation's lines aren't those of revision %s", "组织机构的记录与第 %s 次变更不符", strings.Join(odd, ", ")))
	}
	return s.checkTouched(ctx, revisions)
}

// checkOrgLines wants each line to be added by a revision and ended by a later one or none: no
// revision's digest speaks of any other. And it wants it to be one line: the digest sets what
// a line says apart by what no line has in it.
func (s *Store) checkOrgLines(ctx context.Context) error {
	var beside int64
	err := s.one(ctx, `select count(*) from org_lines l where (exists (select 1 from org_revisions where number = l.added)
		and (l.ended = 0 or l.ended > l.added and exists (select 1 from org_revisions where number = l.ended))) is not true`).Scan(&beside)
	if err != nil {
		return s.misread(err)
	}
	if beside > 0 {
		return s.wrong(errs.Tf("%d lines of the organisation are of no revision: they were put in, or ended, beside the program", "组织机构中有 %d 行不属于任何一次变更：系绕过程序写入或终止", beside))
	}
	lines, err := s.orgLines(ctx, `1 = 1`)
	for _, l := range lines {
		if !org.Whole(l) {
			return s.wrong(errs.Tf("a line of the organisation, of %.100q, is several in one", "组织机构中 %.100q 的一行实为多行拼接", l.ID))
		}
	}
	return err
}

// checkTouched holds how many findings a revision names against how many it is sealed
// to touch; older ones name none.
func (s *Store) checkTouched(ctx context.Context, revisions []org.Revision) error {
	says := map[int64]int64{}
	for _, r := range revisions {
		says[r.Number] = r.Touched
	}
	odd := int64(0)
	err := s.each(ctx, func(scan func(...any) error) error {
		var revision, n int64
		err := scan(&revision, &n)
		if n != says[revision] {
			odd = revision
		}
		return err
	}, `select revision, count(*) from org_touched group by revision`)
	if err == nil && odd != 0 {
		err = s.wrong(errs.Tf("the findings named by revision %d of the organisation aren't as many as it touches", "组织机构第 %d 次变更所列问题数与其涉及数不符", odd))
	}
	return err
}
