package api

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"plumbline/internal/service"
)

// metrics are what the machine's watchers see: counts, lengths of time, names of
// sources and of routes, and nothing of what the events say.
type metrics struct {
	registry *prometheus.Registry
	events   *prometheus.CounterVec
	batch    prometheus.Histogram
	commit   prometheus.Histogram
	requests *prometheus.CounterVec
}

func newMetrics(s Service, version string, log *slog.Logger) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "plumbline_events_total", Help: "Events that came over HTTP, by what became of them."}, []string{"source", "outcome"}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "plumbline_batch_events", Help: "Events handed to the service at once.",
			Buckets: []float64{1, 3, 10, 30, 100, 300, 1000}}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "plumbline_commit_seconds", Help: "Time from handing events over to their being committed.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10}}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "plumbline_requests_total", Help: "Requests, by route and status."}, []string{"route", "status"}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "plumbline_build_info", Help: "1, with the versions of the program and of Go."}, []string{"version", "go"})
	build.WithLabelValues(version, runtime.Version()).Set(1)
	m.registry.MustRegister(m.events, m.batch, m.commit, m.requests, build, newGauges(s, log),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// took counts a batch that was committed.
func (m *metrics) took(source string, out []service.Outcome, d time.Duration) {
	m.batch.Observe(float64(len(out)))
	m.commit.Observe(d.Seconds())
	for i := range out {
		m.events.WithLabelValues(source, out[i].Outcome).Inc()
	}
}

func (m *metrics) answered(route string, status int) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
}

// gauges asks the service when it is asked.
type gauges struct {
	service                               Service
	log                                   *slog.Logger
	queue, segments, findings, lag, waits *prometheus.Desc
}

func newGauges(s Service, log *slog.Logger) *gauges {
	return &gauges{service: s, log: log,
		queue:    prometheus.NewDesc("plumbline_queue_events", "Events that wait to be judged.", nil, nil),
		segments: prometheus.NewDesc("plumbline_segments", "Batches in the record.", nil, nil),
		findings: prometheus.NewDesc("plumbline_findings", "Findings, by state.", []string{"state"}, nil),
		lag:      prometheus.NewDesc("plumbline_source_lag_seconds", "From the time of a source's last event to now.", []string{"source"}, nil),
		waits:    prometheus.NewDesc("plumbline_quarantine_waiting", "What waits in a source's quarantine.", []string{"source"}, nil),
	}
}

// Describe is prometheus.Collector's.
func (g *gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.queue, g.segments, g.findings, g.lag, g.waits} {
		to <- d
	}
}

// scrapeTime bounds what a scrape may cost.
const scrapeTime = 5 * time.Second

// Collect is prometheus.Collector's. What the service can't tell is left out.
func (g *gauges) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if f, err := g.service.Gauges(ctx); err != nil {
		g.log.Error("figures for /metrics", "error", err.Error())
	} else {
		gauge(g.queue, float64(f.Queue))
		gauge(g.segments, float64(f.Segments))
		for state, n := range f.Findings {
			gauge(g.findings, float64(n), string(state))
		}
	}
	list, err := g.service.Sources(ctx)
	if err != nil {
		g.log.Error("sources for /metrics", "error", err.Error())
		return
	}
	for i := range list {
		if s := &list[i].Source; s.Role == service.RoleSource || s.Role == "" {
			gauge(g.lag, float64(seconds(list[i].Lag)), s.Name)
			gauge(g.waits, float64(list[i].Waiting), s.Name)
		}
	}
}
