package org

import (
	"plumbline/internal/errs"
)

// Knows says whether there is a person and a unit, or was or will be: an account of somebody
// else, or of nowhere, is of no use to its holder and tells nobody where they stand. ""
// is neither.
func (o *Organisation) Knows(person PersonID, unit UnitID) error {
	if person != "" && len(o.people[person]) == 0 {
		return &errs.Error{Code: errs.Usage, What: errs.Tf("the organisation has nobody of the number %q", "组织机构中没有警号为 %q 的人员", person), Next: nearest(person, keys(o.people, nil))}
	}
	if unit != "" && len(o.units[unit]) == 0 {
		return &errs.Error{Code: errs.Usage, What: errs.Tf("the organisation has no unit %q", "组织机构中没有单位 %q", unit), Next: nearest(unit, keys(o.units, nil))}
	}
	return nil
}

// nearest is what was probably meant, else what to do.
func nearest[T ~string](name T, list []T) errs.Text {
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = string(n)
	}
	if near := errs.Nearest(string(name), names); near != "" {
		return errs.Tf("did you mean %q?", "是否想写 %q？", near)
	}
	return errs.T("enter them into the organisation first: plumbline org import, or the page Organisation", "请先录入组织机构：plumbline org import，或“组织机构”页")
}
