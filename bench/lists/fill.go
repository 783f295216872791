package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the drivers
	_ "modernc.org/sqlite"

	"github.com/latchkey-iam/latchkey/internal/store"
)

// place is a database.
type place struct{ name, driver, address string }

func (p place) config() store.Config {
	if p.driver == "pgx" {
		return store.Config{URL: p.address}
	}
	return store.Config{Path: p.address}
}

// fill writes rows straight into the tables: through the operations it would
// take hours. Indexes that are no constraints are made when the rows are there,
// and no foreign key is looked at: the rows are right by construction.
func fill(ctx context.Context, at place, s sizes, say func(string)) error {
	db, err := sql.Open(at.driver, at.address)
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	settings := []string{"PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-2000000", "PRAGMA temp_store=MEMORY"}
	listIndexes := `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND sql NOT LIKE '%UNIQUE%'`
	after := []string{"PRAGMA journal_mode=WAL"}
	if at.driver == "pgx" {
		settings = []string{"SET session_replication_role = replica", "SET maintenance_work_mem = '1GB'", "SET work_mem = '512MB'"}
		listIndexes = `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND indexdef NOT LIKE '%UNIQUE%'`
		after = []string{"VACUUM ANALYZE", "CHECKPOINT"}
	}
	indexes, err := pairs(ctx, conn, listIndexes)
	if err != nil {
		return err
	}
	var drop, create []string
	for _, x := range indexes {
		drop, create = append(drop, "DROP INDEX "+x[0]), append(create, x[1])
	}
	for _, statements := range [][]string{settings, drop, rows(s, at.driver == "pgx"), create, after} {
		for _, statement := range statements {
			start := time.Now()
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%w in %s", err, statement)
			}
			if took := time.Since(start); took > time.Second {
				say(fmt.Sprintf("%6.1f s  %.70s", took.Seconds(), strings.Join(strings.Fields(statement), " ")))
			}
		}
	}
	return nil
}

func pairs(ctx context.Context, conn *sql.Conn, query string) ([][2]string, error) {
	found, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var out [][2]string
	for found.Next() {
		var p [2]string
		if err := found.Scan(&p[0], &p[1]); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, found.Err()
}

// numbers counts from 1 to n as n(i).
func numbers(n int) string {
	return fmt.Sprintf(` WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < %d) `, n)
}

// id is that of the thing with this number, by the first digits of its kind.
func id(kind, number string) string {
	return `CAST(` + kind + strings.Repeat("0", 18-len(kind)) + ` + ` + number + ` AS TEXT)`
}

// members counts users as i with their organization's number o.
func members(s sizes) string {
	return fmt.Sprintf(`(SELECT i, CASE WHEN i %% 10 = 0 THEN 1 ELSE 2 + (i * 31 + i / 10) %% %d END AS o FROM n) x`, s.orgs-1)
}

// Times of creation rise with the numbers of users.
const created = `1700000000000000 + i * 3000`

// rows are the statements that fill the tables.
func rows(s sizes, postgres bool) []string {
	verifier := `CAST('pat' || i AS BLOB)`
	if postgres {
		verifier = `convert_to('pat' || i, 'UTF8')`
	}
	return append([]string{
		`INSERT INTO orgs (id, name, name_folded, primary_domain, state, created, changed, seq)` + numbers(s.orgs) +
			`SELECT ` + id("1", "i") + `, 'Organization ' || i, 'organization ' || i, 'organization-' || i || '.localhost',
			CASE WHEN i % 50 = 0 THEN 'inactive' ELSE 'active' END, ` + created + `, ` + created + `, 1 FROM n`,
		`INSERT INTO projects (id, org_id, name, name_folded, state, role_assertion, role_check, project_check, private_labeling, internal,
			created, changed, seq)` + numbers(s.projects()+projectsMore) + fmt.Sprintf(`SELECT `+id("3", "i")+`, CASE WHEN i > %d THEN `+id("1", "1")+
			` ELSE `+id("1", "((i - 1) / %d + 1)")+` END, 'Project ' || i, 'project ' || i, 'active', FALSE, FALSE, FALSE, 'unspecified', FALSE, `+
			created+`, `+created+`, 1 FROM n`, s.projects(), projectsEach),
		`INSERT INTO roles (project_id, key, key_folded, display_name, display_name_folded, role_group, role_group_folded, created, changed, seq)` +
			numbers(rolesEach) + `SELECT p.id, 'app.reader.' || i, 'app.reader.' || i, 'Reader ' || i, 'reader ' || i, 'App', 'app',
			p.created + i, p.created + i, 1 FROM n, projects p WHERE NOT p.internal`,
		// The first project is lent to every other organization, as a vendor does; one
		// project of each organization to its neighbour.
		`INSERT INTO project_grants (id, project_id, granted_org_id, state, created, changed, seq)` + numbers(s.orgs) +
			`SELECT ` + id("40", "i") + `, ` + id("3", "1") + `, ` + id("1", "i") + `, 'active', ` + created + `, ` + created + `, 1 FROM n WHERE i > 1`,
		`INSERT INTO project_grants (id, project_id, granted_org_id, state, created, changed, seq)` + numbers(s.orgs) +
			`SELECT ` + id("41", "i") + `, ` + id("3", "((i - 1) * 5 + 2)") + `, ` + id("1", fmt.Sprintf("(i %% %d + 1)", s.orgs)) +
			`, 'active', ` + created + `, ` + created + `, 1 FROM n`,
		`INSERT INTO project_grant_roles (grant_id, project_id, role_key)` + numbers(3) +
			`SELECT g.id, g.project_id, 'app.reader.' || i FROM n, project_grants g`,
		people(s),
		authorizations(s),
		// Every third authorization has two roles, and one in a thousand a rare one.
		`INSERT INTO authorization_roles (authorization_id, project_id, role_key)` +
			` SELECT a.id, a.project_id, 'app.reader.' || (1 + (a.created / 1000) % 3) FROM authorizations a`,
		`INSERT INTO authorization_roles (authorization_id, project_id, role_key)` +
			` SELECT a.id, a.project_id, 'app.reader.' || (1 + (a.created / 1000 + 1) % 3) FROM authorizations a WHERE (a.created / 3000) % 3 = 0`,
		`INSERT INTO authorization_roles (authorization_id, project_id, role_key)` +
			` SELECT a.id, a.project_id, 'app.reader.10' FROM authorizations a WHERE a.grant_id IS NULL AND (a.created / 1000) % 997 = 0`,
		`INSERT INTO credentials (id, user_id, kind, name, verifier, expires, created, changed, seq)` + numbers(s.users) +
			`SELECT ` + id("6", "i") + `, ` + id("2", "i") + `, CASE WHEN i % 5 = 2 THEN 'secret' ELSE 'pat' END, '', ` + verifier +
			`, CASE WHEN i % 2 = 0 THEN 0 ELSE 1900000000000000 + i END, ` + created + `, ` + created + `, 1 FROM n WHERE i % 5 IN (1, 2) OR i % 50 = 0`,
		`INSERT INTO memberships (user_id, level, resource_id, org_id, project_id, grant_id, roles, created, changed, seq)
			SELECT min(id), 'org', org_id, org_id, NULL, NULL, 'ORG_OWNER', min(created), min(created), 1 FROM users
			WHERE type = 'machine' AND org_id LIKE '10%' GROUP BY org_id`,
		`INSERT INTO memberships (user_id, level, resource_id, org_id, project_id, grant_id, roles, created, changed, seq)` + numbers(s.users) +
			`SELECT ` + id("2", "i") + `, 'project', ` + id("3", "((o - 1) * 5 + 1)") + `, NULL, ` + id("3", "((o - 1) * 5 + 1)") +
			`, NULL, 'PROJECT_OWNER', ` + created + `, ` + created + `, 1 FROM ` + members(s) + ` WHERE i % 50 IN (0, 1)`,
	}, history(s)...)
}

// people are nine service users of ten, the tenth a human.
func people(s sizes) string {
	number := fmt.Sprintf(`CAST((i * 7919) %% %d AS TEXT)`, nameModulus(s.users))
	return `INSERT INTO users (id, org_id, type, state, user_name, user_name_folded, generation, name, description, access_token_type,
		first_name, first_name_folded, last_name, last_name_folded, nick_name, nick_name_folded, label, label_folded,
		preferred_language, gender, email, email_folded, email_verified, phone, phone_verified, password_hash, created, changed, seq)` +
		numbers(s.users) + `SELECT ` + id("2", "i") + `, ` + id("1", "o") + `, CASE WHEN h THEN 'human' ELSE 'machine' END,
		CASE WHEN i % 20 = 0 THEN 'inactive' WHEN i % 101 = 0 THEN 'locked' ELSE 'active' END,
		CASE WHEN h THEN mail ELSE 'svc-' || k END, CASE WHEN h THEN mail ELSE 'svc-' || k END, 1,
		CASE WHEN h THEN '' ELSE 'Connector ' || k END, '', 'jwt',
		CASE WHEN h THEN first ELSE '' END, CASE WHEN h THEN lower(first) ELSE '' END,
		CASE WHEN h THEN last ELSE '' END, CASE WHEN h THEN lower(last) ELSE '' END, '', '',
		CASE WHEN h THEN first || ' ' || last ELSE 'Connector ' || k END, CASE WHEN h THEN lower(first || ' ' || last) ELSE 'connector ' || k END,
		'', '', CASE WHEN h THEN mail ELSE '' END, CASE WHEN h THEN mail ELSE '' END, FALSE, '', FALSE, '', ` + created + `, ` + created + `, 1
		FROM (SELECT i, o, (i / 10) % 10 = 3 AS h, ` + number + ` AS k, 'person-' || ` + number + ` || '@example.com' AS mail,
			'Ann' || CAST(i % 500 AS TEXT) AS first, 'Lee' || CAST(i % 4999 AS TEXT) AS last FROM ` + members(s) + `) y`
}

// authorizations are three a user: two on projects of its organization, of which
// one in fifty is of a neighbour, and one on the project that is lent to all.
func authorizations(s sizes) string {
	own := func(j string) string {
		return `CASE WHEN o = 1 THEN 1 + (i / 10 + ` + j + `) % 5 ELSE (o - 1) * 5 + 1 + (i + ` + j + `) % 5 END`
	}
	next := fmt.Sprintf(`(o %% %d + 1)`, s.orgs)
	return `INSERT INTO authorizations (id, user_id, project_id, grant_id, org_id, state, created, changed, seq)` + numbers(s.users) +
		`SELECT ` + id("5", "(i * 3 + j)") + `, ` + id("2", "i") + `, ` + id("3", "p") + `, CASE WHEN j = 2 AND o > 1 THEN ` + id("40", "o") + ` END, ` +
		id("1", "a") + `, CASE WHEN i % 25 = 0 THEN 'inactive' ELSE 'active' END, ` + created + ` + j * 1000, ` + created + ` + j * 1000, 1 FROM (
		SELECT i, 0 AS j, o, o AS a, ` + own("0") + ` AS p FROM ` + members(s) + `
		UNION ALL SELECT i, 1, o, CASE WHEN i % 50 = 7 THEN ` + next + ` ELSE o END, CASE WHEN i % 50 = 7 THEN (` + next + ` - 1) * 5 + 1 ELSE ` + own("1") + ` END
			FROM ` + members(s) + `
		UNION ALL SELECT i, 2, o, o, CASE WHEN o = 1 THEN ` + own("2") + ` ELSE 1 END FROM ` + members(s) + `) y ORDER BY i, j`
}

// history is an event for each user, and two for its authorizations.
func history(s sizes) []string {
	return []string{
		`INSERT INTO events (seq, idx, type, aggregate, aggregate_id, org_id, project_id, grant_id, user_id, editor_id, created, payload)
			SELECT 10 + (created - 1700000000000000) / 1000, 0, CASE WHEN type = 'human' THEN 'user.human.added' ELSE 'user.machine.added' END, 'user', id,
			org_id, '', '', id, CASE WHEN created % 7 < 3 THEN 'system' ELSE '2' || substr(org_id, 2) END, created,
			'{"after":{"userName":"' || user_name || '","name":"' || name || '"}}' FROM users WHERE id LIKE '20%' ORDER BY created`,
		`INSERT INTO events (seq, idx, type, aggregate, aggregate_id, org_id, project_id, grant_id, user_id, editor_id, created, payload)
			SELECT 10 + (created - 1700000000000000) / 1000, 0, 'user.grant.added', 'usergrant', id,
			org_id, project_id, coalesce(grant_id, ''), user_id, CASE WHEN created % 7 < 3 THEN 'system' ELSE '2' || substr(org_id, 2) END, created,
			'{"after":{"roleKeys":["app.reader.1"]}}' FROM authorizations WHERE ((created - 1700000000000000) / 1000) % 3 > 0 ORDER BY created`,
		fmt.Sprintf(`UPDATE feed SET seq = %d`, (s.users+2)*eventsEach+100),
	}
}
