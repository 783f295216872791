package console

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// rolesPage is what templates/roles.html shows.
type rolesPage struct {
	projectHead
	*listing
	Roles []iam.Role
}

// roles lists the roles of a project.
func roles(v *visit) error {
	head, err := v.projectAt()
	if err != nil {
		return err
	}
	names, err := v.h.Directory.RoleGroups(v.r.Context(), v.caller, head.ID)
	if err != nil {
		return err
	}
	groups := []choice{{Label: v.text("list.groups")}}
	for _, name := range names {
		groups = append(groups, choice{Value: name, Label: name})
	}
	p := rolesPage{projectHead: head}
	p.listing = v.newListing(head.At+"/roles", nil, groups, sorting{"key", iam.FieldKey, false},
		sorting{"name", iam.FieldDisplayName, false}, sorting{"group", iam.FieldGroup, false}, sorting{"created", iam.FieldCreated, true})
	l, err := v.h.Directory.Roles(v.r.Context(), v.caller, head.ID, iam.Filter{All: []iam.Filter{
		p.filterIs(iam.FieldGroup), p.search(iam.FieldKey, iam.FieldDisplayName, iam.FieldGroup),
	}}, p.page())
	if err != nil {
		return err
	}
	p.Roles, p.Total = l.Items, l.Total
	return v.show(200, "roles", head.Name, p)
}

// rolePage is what templates/role.html shows: a new role, several, or one to be
// changed.
type rolePage struct {
	projectHead
	*form
	Role iam.Role // the one to be changed
	Back string
}

var roleInputs = []string{string(iam.FieldKey), string(iam.FieldDisplayName), string(iam.FieldGroup)}

func (v *visit) roleEntered() iam.Role {
	return iam.Role{Key: v.value(roleInputs[0]), DisplayName: v.value(roleInputs[1]), Group: v.value(roleInputs[2])}
}

func (v *visit) newRolePage() (rolePage, error) {
	head, err := v.projectAt()
	if err != nil {
		return rolePage{}, err
	}
	return rolePage{projectHead: head, form: v.newForm(nil), Back: head.At + "/roles"}, v.requireOf(iam.RoleWrite, head.Project)
}

// addRoles adds all or none; roles that are there already just so are the second
// submit of one form.
func (v *visit) addRoles(projectID string, wanted []iam.Role) error {
	_, err := v.h.Directory.AddRoles(v.r.Context(), v.caller, projectID, wanted)
	if !iam.Is(err, iam.AlreadyExists) {
		return err
	}
	missing := map[iam.Role]bool{}
	var keys []string
	for _, w := range wanted {
		missing[iam.Role{Key: w.Key, DisplayName: w.DisplayName, Group: w.Group}] = true
		keys = append(keys, w.Key)
	}
	there, readErr := v.h.Directory.Roles(v.r.Context(), v.caller, projectID, iam.FieldKey.In(keys), iam.Page{Limit: iam.MaxLimit})
	if readErr != nil {
		return readErr
	}
	for _, r := range there.Items {
		delete(missing, iam.Role{Key: r.Key, DisplayName: r.DisplayName, Group: r.Group})
	}
	if len(missing) > 0 {
		return err
	}
	return nil
}

// newRole adds one role.
func newRole(v *visit) error {
	p, err := v.newRolePage()
	if err != nil {
		return err
	}
	if v.posts() {
		switch err := v.addRoles(p.Project.ID, []iam.Role{v.roleEntered()}); {
		case err == nil:
			return v.goTo(p.Back, "role.created")
		case !p.refuse(err, roleInputs...):
			return err
		}
	}
	return v.show(p.status, "new-role", v.text("role.new.title"), p)
}

// inputLines are roles, one a line.
const inputLines = "roles"

// newRoles adds several roles, typed or pasted from a table.
func newRoles(v *visit) error {
	p, err := v.newRolePage()
	if err != nil {
		return err
	}
	if v.posts() {
		wanted, err := readRoles(v.r.PostForm.Get(inputLines))
		if err == nil {
			err = v.addRoles(p.Project.ID, wanted)
		}
		switch {
		case err == nil:
			return v.goTo(p.Back, "roles.created")
		case !p.refuse(err):
			return err
		default:
			p.errors[inputLines], p.Problem = p.Problem, ""
		}
	}
	return v.show(p.status, "new-roles", v.text("roles.new.title"), p)
}

// readRoles reads roles as lines of key, display name and group, separated by
// commas, semicolons or tabs. Kind: InvalidArgument, which names the line.
func readRoles(text string) ([]iam.Role, error) {
	var out []iam.Role
	seen := map[string]int{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		fields, err := splitLine(line)
		if err != nil || len(fields) > 3 {
			return nil, lineError(n, "expected at most a key, a display name and a group, separated by commas")
		}
		fields = append(fields, "", "", "")
		r := iam.Role{Key: fields[0], DisplayName: fields[1], Group: fields[2]}
		if err := iam.CheckRole(r); err != nil {
			return nil, lineError(n, message(err))
		}
		if first, twice := seen[r.Key]; twice {
			return nil, lineError(n, fmt.Sprintf("%q stands in line %d already", r.Key, first))
		}
		seen[r.Key] = n
		out = append(out, r)
	}
	switch {
	case len(out) == 0:
		return nil, iam.Errorf(iam.InvalidArgument, "CONSOLE-line2", "enter at least one role")
	case len(out) > iam.MaxLimit:
		return nil, iam.Errorf(iam.InvalidArgument, "CONSOLE-line3", "at most %d roles can be added at a time", iam.MaxLimit)
	}
	return out, nil
}

func splitLine(line string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(line))
	switch {
	case strings.Contains(line, "\t"):
		r.Comma = '\t'
	case strings.Contains(line, ";") && !strings.Contains(line, ","):
		r.Comma = ';'
	}
	r.TrimLeadingSpace, r.FieldsPerRecord = true, -1
	fields, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return fields, err
}

func lineError(n int, what string) error {
	return iam.Errorf(iam.InvalidArgument, "CONSOLE-line1", "line %d: %s", n, what)
}

// roleAt finds the role that the address names. A key may hold any sign, so it
// is a parameter and no part of the path.
func (v *visit) roleAt() (rolePage, error) {
	p, err := v.newRolePage()
	if err != nil {
		return p, err
	}
	key := v.r.URL.Query().Get("key")
	l, err := v.h.Directory.Roles(v.r.Context(), v.caller, p.Project.ID, iam.FieldKey.Is(key), iam.Page{Limit: 1})
	if err != nil {
		return p, err
	}
	if len(l.Items) == 0 {
		return p, iam.Errorf(iam.NotFound, "CONSOLE-role1", "role does not exist")
	}
	p.Role = l.Items[0]
	return p, nil
}

// editRole changes a role's display name and group.
func editRole(v *visit) error {
	p, err := v.roleAt()
	if err != nil {
		return err
	}
	p.form = v.editForm(url.Values{roleInputs[0]: {p.Role.Key}, roleInputs[1]: {p.Role.DisplayName}, roleInputs[2]: {p.Role.Group}}, p.Role.Sequence)
	if v.posts() {
		in := v.roleEntered()
		_, err := v.h.Directory.UpdateRole(v.r.Context(), v.caller, p.Project.ID, p.Role.Key, directory.RoleChange{
			DisplayName: &in.DisplayName, Group: &in.Group, Seen: p.Seen,
		})
		if done, err := v.saved(p.form, err, p.Back, roleInputs); done || err != nil {
			return err
		}
	}
	return v.show(p.status, "role", p.Role.Key, p)
}

// deleteRole removes a role from the project and from whoever holds it.
func deleteRole(v *visit) error {
	p, err := v.roleAt()
	if err != nil {
		return err
	}
	if err := v.requireOf(iam.RoleDelete, p.Project); err != nil {
		return err
	}
	held, err := v.h.Directory.RoleHoldings(v.r.Context(), v.caller, p.Project.ID, p.Role.Key)
	if err != nil {
		return err
	}
	c := p.confirmation(v)
	c.Effects = slices.Concat(v.effect("role.effect.authorizations", held.Authorizations), v.effect("role.effect.grants", held.Grants),
		[]string{v.text("role.effect.tokens")})
	c.Name, c.Back = p.Role.Key, p.Back
	return v.confirm(c, "role.delete", func() error {
		_, err := v.h.Directory.RemoveRole(v.r.Context(), v.caller, p.Project.ID, p.Role.Key)
		return err
	})
}

// message is what an error says to its reader.
func message(err error) string {
	if e, ok := errors.AsType[*iam.Error](err); ok {
		return e.Message
	}
	return ""
}
