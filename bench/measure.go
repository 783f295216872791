//go:build linux

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// idleTime is how long a started server rests before its memory is read.
const idleTime = 3 * time.Second

// coldStarts is how often the time from exec to the first token is taken.
const coldStarts = 5

// measureAll measures every chosen token on every chosen database.
func (b *bench) measureAll(ctx context.Context) error {
	for _, database := range b.databases {
		for i, token := range b.tokens {
			if err := b.measureServer(ctx, database, token, i == 0); err != nil {
				return fmt.Errorf("%s, %s: %w", database, token, err)
			}
		}
	}
	return nil
}

// measureServer measures one token on one database, each on fresh data, and
// where withStarts is set what a start costs too.
func (b *bench) measureServer(ctx context.Context, database, token string, withStarts bool) (err error) {
	progress("%s, %s: start and make %d service users", database, token, b.users)
	algorithm, tokenType := token, "ACCESS_TOKEN_TYPE_JWT"
	if token == "opaque" {
		algorithm, tokenType = "RS256", "ACCESS_TOKEN_TYPE_BEARER"
	}
	dir := filepath.Join(b.dir, database+"-"+token)
	s, err := newServer(ctx, b.latchkey, dir, database, algorithm)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	p, err := populate(ctx, s, b.users, tokenType)
	if err != nil {
		return err
	}
	// One token for each, so that every cache is warm however slow the warm-up is.
	var body []byte
	for _, c := range p.credentials {
		if body, err = askToken(ctx, s.url, p.projectID, c); err != nil {
			return err
		}
	}
	credentials := filepath.Join(dir, "credentials")
	if err := p.write(credentials); err != nil {
		return err
	}
	floor, floorTarget, err := b.startFloor(ctx, dir, token, credentials, p.projectID, len(body))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, floor.stop()) }()
	l := load{script: b.script, credentials: credentials, project: p.projectID, token: token}
	if err := b.measureCells(ctx, database, l, floorTarget, s.target); err != nil {
		return err
	}
	if !withStarts {
		return nil
	}
	progress("%s: memory and start", database)
	starts, err := measureStarts(ctx, s, p)
	starts.database = database
	b.report.starts = append(b.report.starts, starts)
	return err
}

// measureFloors measures the floor alone, with users that only it knows.
func (b *bench) measureFloors(ctx context.Context) error {
	p := population{projectID: "123456789012345678"}
	for i := range b.users {
		p.credentials = append(p.credentials, credential{fmt.Sprintf("bench-%04d", i), rand.Text() + rand.Text()})
	}
	credentials := filepath.Join(b.dir, "credentials")
	if err := p.write(credentials); err != nil {
		return err
	}
	for _, token := range b.tokens {
		floor, t, err := b.startFloor(ctx, b.dir, token, credentials, p.projectID, 300)
		if err != nil {
			return err
		}
		l := load{script: b.script, credentials: credentials, project: p.projectID, token: token}
		err = b.measureCells(ctx, "none", l, t, nil)
		if err := errors.Join(err, floor.stop()); err != nil {
			return fmt.Errorf("%s: %w", token, err)
		}
	}
	return nil
}

// startFloor starts the floor of a token: for an opaque one the bare handler,
// with bodies of that size.
func (b *bench) startFloor(ctx context.Context, dir, token, credentials, projectID string, size int) (*process, target, error) {
	arguments := []string{"-alg", token, "-credentials", credentials, "-project", projectID}
	if token == "opaque" {
		arguments = []string{"-bare-size", strconv.Itoa(size)}
	}
	log := filepath.Join(dir, "floor-"+token+".log")
	floor, err := start("floor", log, nil, b.floor, arguments...)
	if err != nil {
		return nil, target{}, err
	}
	var url string
	err = floor.poll(ctx, 5*time.Millisecond, func(context.Context) bool {
		content, err := os.ReadFile(log)
		if err != nil {
			return false
		}
		var found bool
		url, _, found = strings.Cut(string(content), "\n")
		return found
	})
	if err != nil {
		return nil, target{}, errors.Join(err, floor.stop())
	}
	return floor, target{url: url + tokenPath, pid: floor.pid()}, nil
}

// measureCells warms up and measures at every number of connections. Without
// ours, only the floor.
func (b *bench) measureCells(ctx context.Context, database string, l load, floor target, ours func() target) error {
	measure := func(t target, connections int, duration time.Duration) (sample, error) {
		s, err := l.run(ctx, t, connections, duration)
		if s.Failed+s.Broken > 0 {
			progress("  %d answers failed, %d requests broke: %s", s.Failed, s.Broken, s.firstFailure)
		}
		b.report.failed += s.Failed + s.Broken
		return s, err
	}
	if _, err := measure(floor, 16, b.warmUp); err != nil {
		return err
	}
	if ours != nil {
		if _, err := measure(ours(), 16, b.warmUp); err != nil {
			return err
		}
	}
	for _, connections := range b.connections {
		c := cell{database: database, token: l.token, connections: connections}
		// Other work on the machine comes and goes: the two take turns, twice in
		// each repetition.
		for range 2 * b.repetitions {
			s, err := measure(floor, connections, b.duration/2)
			if err != nil {
				return err
			}
			c.floor = append(c.floor, s)
			if ours == nil {
				continue
			}
			if s, err = measure(ours(), connections, b.duration/2); err != nil {
				return err
			}
			c.ours = append(c.ours, s)
		}
		b.report.cells = append(b.report.cells, c)
		progress("  %s", c)
	}
	return nil
}

// starts is what a server costs that has nothing to do, or has just begun.
type starts struct {
	database string
	idle     int64           // resident bytes
	first    []time.Duration // from exec to the first token on an existing database
}

// measureStarts restarts the server on its database, which holds all users.
func measureStarts(ctx context.Context, s *server, p population) (starts, error) {
	var result starts
	if err := s.stop(); err != nil {
		return result, err
	}
	if err := s.start(ctx); err != nil {
		return result, err
	}
	select {
	case <-time.After(idleTime):
	case <-ctx.Done():
		return result, ctx.Err()
	}
	result.idle = residentBytes(s.process.pid())
	for range coldStarts {
		if err := s.stop(); err != nil {
			return result, err
		}
		if err := s.launch(); err != nil {
			return result, err
		}
		err := s.process.poll(ctx, time.Millisecond, func(ctx context.Context) bool {
			_, err := askToken(ctx, s.url, p.projectID, p.credentials[0])
			return err == nil
		})
		if err != nil {
			return result, err
		}
		result.first = append(result.first, time.Since(s.process.started))
	}
	return result, nil
}
