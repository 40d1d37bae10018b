package app_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"plumbline/internal/app"
	"plumbline/internal/clock"
	"plumbline/internal/org"
	"plumbline/internal/sim/agency"
)

// A workbook with dates as a spreadsheet keeps them says the same as YAML.
func TestOrganisationFiles(t *testing.T) {
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	f := excelize.NewFile()
	date, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	for sheet, rows := range map[string][][]any{
		"单位": {{"编号", "名称", "上级", "辖区"}, {"bureau", "市公安局", "", "city"}, {"north", "北区分局", "bureau", "north"}},
		"岗位": {{"编号", "名称"}, {"investigator", "侦查员"}},
		"人员": {{"警号", "单位", "岗位", "警衔", "起", "止"},
			{"P1", "north", "investigator", "二级警司", time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)},
			{"P1", "bureau", "investigator", "一级警司", "2025-03-01", ""}},
	} {
		if _, err := f.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			cell, _ := excelize.CoordinatesToCellName(1, i+1)
			if err := f.SetSheetRow(sheet, cell, &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.SetCellStyle("人员", "E2", "F2", date); err != nil {
		t.Fatal(err)
	}
	book := filepath.Join(t.TempDir(), "org.xlsx")
	if err := f.SaveAs(book); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "org.yaml")
	if err := os.WriteFile(text, []byte(`units:
  - {id: bureau, territory: city}
  - {id: north, parent: bureau, territory: north}
posts: {investigator: 侦查员}
officers:
  - {id: P1, unit: north, post: investigator, rank: 二级警司, from: 2024-01-01, to: 2025-03-01}
  - {id: P1, unit: bureau, post: investigator, rank: 一级警司, from: 2025-03-01}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{book, text} {
		o, err := app.Organisation(name, zone)
		if err != nil {
			t.Fatal(err)
		}
		for day, want := range map[string]org.Position{
			"2025-02-28": {Unit: "north", Post: "investigator", Rank: "二级警司", As: org.Primary, Territory: "north"},
			"2025-03-01": {Unit: "bureau", Post: "investigator", Rank: "一级警司", As: org.Primary, Territory: "city"},
		} {
			at, _, err := clock.ParseInstant(day, zone)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := o.Position("P1", at, ""); got != want {
				t.Errorf("%s, %s: %+v, want %+v", filepath.Base(name), day, got, want)
			}
		}
	}
}

// What the simulated agency writes of itself is an organisation.
func TestTheSimulatedAgencyIsAnOrganisation(t *testing.T) {
	zone, err := clock.LoadZone("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	o, err := org.Parse("units.yaml", agency.New(agency.Options{Units: 2, Cases: 100, Days: 30, Seed: 1}).Organisation(), zone)
	if err != nil {
		t.Fatal(err)
	}
	units, people := o.Size()
	p, ok := o.Position("P1", 0, "")
	if units != 14 || o.Unit("oversight", 0) == nil || people < 100 || !ok || p.Post != "city_head" || p.Unit != "bureau" {
		t.Errorf("%d units, %d people, P1 is %+v", units, people, p)
	}
}
