package server

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/latchkey-iam/latchkey/internal/store"
)

// metrics are what Prometheus reads. Labels hold no ids.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	cells    map[cell]prometheus.Observer // read only: all cells that are common
}

type cell struct {
	route  string
	status int
}

func newMetrics(db *store.DB) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "latchkey_request_seconds",
			Help:    "Time to answer requests, by route and status.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"route", "status"}),
		cells: map[cell]prometheus.Observer{},
	}
	feedAge := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "latchkey_feed_age_seconds",
		Help: "How long ago the database's feed of changes was last heard.",
	}, func() float64 { return db.Age().Seconds() })
	m.registry.MustRegister(m.requests, feedAge, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, route := range []string{"token", "rest", "rpc"} {
		for _, status := range []int{http.StatusOK, http.StatusUnauthorized} {
			m.cells[cell{route, status}] = m.requests.WithLabelValues(route, strconv.Itoa(status))
		}
	}
	return m
}

func (m *metrics) observe(route string, status int, took time.Duration) {
	o, ok := m.cells[cell{route, status}]
	if !ok {
		o = m.requests.WithLabelValues(route, strconv.Itoa(status))
	}
	o.Observe(took.Seconds())
}

// opsServer answers operators, on an address of its own.
type opsServer struct {
	server   *http.Server
	listener net.Listener
}

func (s *Server) listenOps() (*opsServer, error) {
	if s.cfg.OpsListen == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", s.cfg.OpsListen)
	if err != nil {
		return nil, fmt.Errorf("listen for operators: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return &opsServer{
		server:   &http.Server{Handler: mux, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime},
		listener: listener,
	}, nil
}
