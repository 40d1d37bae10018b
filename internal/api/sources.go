package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"plumbline/internal/access"
	"plumbline/internal/service"
)

type sourcesOutput struct{ Body sourcesBody }

type sourcesBody struct {
	Sources []sourceBody `json:"sources" nullable:"false"`
}

type sourceBody struct {
	Name        string   `json:"name"`
	Role        string   `json:"role" enum:"source,reader,admin"`
	Unit        string   `json:"unit,omitempty" doc:"Stamped on events that name none"`
	Types       []string `json:"types" nullable:"false" doc:"Event types that it may send; none: any"`
	Skew        int64    `json:"skew_s" doc:"Seconds that an event may be dated ahead of its receipt"`
	Lateness    int64    `json:"lateness_s" doc:"Seconds that its events may come late; absence is judged that much earlier"`
	Habit       int64    `json:"habit_s" doc:"Seconds without contact after which it counts as silent; 0: never"`
	Disabled    bool     `json:"disabled"`
	Silent      bool     `json:"silent"`
	Contact     string   `json:"contact,omitempty" doc:"When it was last heard of"`
	LastEvent   string   `json:"last_event,omitempty" doc:"The latest time of an event of its"`
	Lag         int64    `json:"lag_s" doc:"Seconds from that time to now"`
	Taken       int64    `json:"taken"`
	Repeated    int64    `json:"repeated"`
	Corrected   int64    `json:"corrected"`
	Refused     int64    `json:"refused"`
	Quarantined int64    `json:"quarantined" doc:"In all"`
	Waiting     int64    `json:"waiting" doc:"In the quarantine now"`
}

func (a *API) addSources() {
	huma.Register(a.huma, a.operation(http.MethodGet, "/api/v1/sources", "list-sources", "List sources", "Who sends events and how it goes.", access.SourceRead), a.listSources)
}

func (a *API) listSources(ctx context.Context, _ *struct{}) (*sourcesOutput, error) {
	list, err := a.service.Sources(ctx)
	if err != nil {
		return nil, a.problemOf(err)
	}
	out := &sourcesOutput{sourcesBody{make([]sourceBody, len(list))}}
	for i := range list {
		s, st := &list[i].Source, &list[i].State
		out.Body.Sources[i] = sourceBody{Name: s.Name, Role: string(or(s.Role, service.RoleSource)), Unit: s.Unit, Types: append([]string{}, s.Types...),
			Skew: seconds(s.Skew), Lateness: seconds(s.Lateness), Habit: seconds(s.Habit), Disabled: s.Disabled, Silent: st.Silent,
			Contact: a.instant(st.Contact), LastEvent: a.instant(st.LastEvent), Lag: seconds(list[i].Lag), Taken: st.Taken, Repeated: st.Repeated,
			Corrected: st.Corrected, Refused: st.Refused, Quarantined: st.Quarantined, Waiting: list[i].Waiting}
	}
	return out, nil
}
