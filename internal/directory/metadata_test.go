package directory_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store/storetest"
)

// metadata shows what an owner has, as the caller sees it.
func (w *world) metadata(c iam.Caller, level iam.MetadataLevel, id string) string {
	w.t.Helper()
	l, err := w.MetadataEntries(w.t.Context(), c, level, id, iam.Filter{}, iam.Page{SortBy: iam.FieldKey, Asc: true})
	w.ok(err)
	var out []string
	for _, m := range l.Items {
		out = append(out, m.Key+"="+string(m.Value))
	}
	return strings.Join(out, " ")
}

// entries are pairs of keys and values.
func entries(pairs ...string) []iam.MetadataEntry {
	var out []iam.MetadataEntry
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, iam.MetadataEntry{Key: pairs[i], Value: []byte(pairs[i+1])})
	}
	return out
}

// TestMetadata is set, changed and removed, all or nothing, by those who may
// write its owner.
func TestMetadata(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx := t.Context()
	for level, id := range map[iam.MetadataLevel]string{iam.MetadataOfUser: "plain-a", iam.MetadataOfOrg: "a"} {
		set := func(who string, pairs ...string) func() error {
			return func() error { return errOf(w.SetMetadata(ctx, w.callers[who], level, id, entries(pairs...))) }
		}
		remove := func(who string, keys ...string) func() error {
			return func() error { return errOf(w.RemoveMetadata(ctx, w.callers[who], level, id, keys)) }
		}
		for _, step := range []struct {
			name string
			run  func() error
			kind iam.Kind // Internal: success
			want string
		}{
			{"set by nobody", set("", "k", "v"), iam.Unauthenticated, ""},
			{"set by a viewer", set("viewer-a", "k", "v"), iam.PermissionDenied, ""},
			{"set by the user itself", set("plain-a", "k", "v"), iam.PermissionDenied, ""},
			{"set by a stranger", set("owner-b", "k", "v"), iam.PermissionDenied, ""},
			{"set", set("owner-a", "k", "v", "K", "w"), iam.Internal, "K=w k=v"},
			{"set again", set("owner-a", "K", "w"), iam.Unchanged, "K=w k=v"},
			{"set one again", set("owner-a", "k", "v", "l", "x"), iam.Internal, "K=w k=v l=x"},
			{"set, one of them wrong", set("owner-a", "k", "new", "", "x"), iam.InvalidArgument, "K=w k=v l=x"},
			{"change, remove, remove what is not there", set("owner-a", "k", "new", "l", "", "none", ""), iam.Internal, "K=w k=new"},
			{"remove what is not there, by setting", set("owner-a", "none", ""), iam.Unchanged, "K=w k=new"},
			{"remove by a viewer", remove("viewer-a", "k"), iam.PermissionDenied, "K=w k=new"},
			{"remove by a stranger", remove("owner-b", "k"), iam.PermissionDenied, "K=w k=new"},
			{"remove, one of them not there", remove("owner-a", "k", "none"), iam.NotFound, "K=w k=new"},
			{"remove nothing", remove("owner-a"), iam.InvalidArgument, "K=w k=new"},
			{"remove", remove("owner-a", "k", "K"), iam.Internal, ""},
			{"remove again", remove("owner-a", "k"), iam.NotFound, ""},
		} {
			err := step.run()
			if step.kind == iam.Internal && err != nil || step.kind != iam.Internal && !iam.Is(err, step.kind) {
				t.Errorf("%s, %s: %v", level, step.name, err)
			}
			if got := w.metadata(w.root, level, id); got != step.want {
				t.Errorf("%s, %s: %s, want %s", level, step.name, got, step.want)
			}
		}
		w.ok(set("owner-a", "k", "v")())
		for who, may := range map[string]bool{"owner-a": true, "viewer-a": true, "plain-a": level == iam.MetadataOfUser, "owner-b": false, "": false} {
			m, err := w.Metadata(ctx, w.callers[who], level, id, "k")
			if (err == nil) != may || may && (string(m.Value) != "v" || m.OrgID != "a") {
				t.Errorf("%s, read by %q: %+v, %v", level, who, m, err)
			}
			_, err = w.MetadataEntries(ctx, w.callers[who], level, id, iam.Filter{}, page)
			if (err == nil) != may {
				t.Errorf("%s, list by %q: %v", level, who, err)
			}
		}
		_, err := w.Metadata(ctx, w.callers["owner-a"], level, id, "K")
		w.want(iam.NotFound, "another key", err)
	}
}

// TestMetadataOfUsers is set with the user, in one transaction.
func TestMetadataOfUsers(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, c := t.Context(), w.callers["owner-a"]
	_, err := w.CreateMachine(ctx, c, directory.NewMachine{ID: "m", OrgID: "a", Name: "m", Metadata: entries("k", "v", "none", "")})
	w.ok(err)
	_, err = w.CreateMachine(ctx, c, directory.NewMachine{ID: "n", OrgID: "a", Name: "n", Metadata: entries("", "v")})
	w.want(iam.InvalidArgument, "create with a wrong entry", err)
	_, err = w.User(ctx, c, "n")
	w.want(iam.NotFound, "the user that was not created", err)
	_, err = w.CreateHuman(ctx, c, "a", directory.NewHuman{
		ID: "h", UserName: "h", Profile: iam.Profile{FirstName: "H", LastName: "H"}, Metadata: entries("k", "v"),
	})
	w.ok(err)
	for _, step := range []struct {
		name, id string
		run      func() error
		kind     iam.Kind // Internal: success
		want     string
	}{
		{"machine", "m", func() error {
			return errOf(w.UpdateMachine(ctx, c, "m", directory.MachineChange{Name: new("new"), Metadata: entries("l", "x")}))
		}, iam.Internal, "k=v l=x"},
		{"machine, metadata alone", "m", func() error {
			return errOf(w.UpdateMachine(ctx, c, "m", directory.MachineChange{Metadata: entries("l", "")}))
		}, iam.Internal, "k=v"},
		{"machine, nothing new", "m", func() error {
			return errOf(w.UpdateMachine(ctx, c, "m", directory.MachineChange{Metadata: entries("k", "v")}))
		}, iam.Unchanged, "k=v"},
		{"machine, name alone new", "m", func() error {
			return errOf(w.UpdateMachine(ctx, c, "m", directory.MachineChange{Name: new("newer"), Metadata: entries("k", "v")}))
		}, iam.Internal, "k=v"},
		{"human", "h", func() error {
			return errOf(w.UpdateHuman(ctx, c, "h", directory.HumanChange{Metadata: entries("k", "w")}))
		}, iam.Internal, "k=w"},
		{"either type", "h", func() error {
			return errOf(w.UpdateUser(ctx, c, "h", directory.UserChange{UserName: new("hh"), Metadata: entries("k", "x")}))
		}, iam.Internal, "k=x"},
		{"itself", "m", func() error {
			return errOf(w.UpdateMachine(ctx, w.caller("m"), "m", directory.MachineChange{Name: new("mine"), Metadata: entries("k", "mine")}))
		}, iam.PermissionDenied, "k=v"},
		{"itself, nothing new", "m", func() error {
			return errOf(w.UpdateUser(ctx, w.caller("m"), "m", directory.UserChange{Metadata: entries("k", "v")}))
		}, iam.PermissionDenied, "k=v"},
	} {
		err := step.run()
		if step.kind == iam.Internal && err != nil || step.kind != iam.Internal && !iam.Is(err, step.kind) {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := w.metadata(c, iam.MetadataOfUser, step.id); got != step.want {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
	}
	u, err := w.User(ctx, c, "m")
	if w.ok(err); u.Name != "newer" {
		t.Errorf("the name is %q", u.Name)
	}
}

// TestMetadataLimits bounds what one owner has; the record tells how much, not what.
func TestMetadataLimits(t *testing.T) {
	w := newWorld(t, storetest.New(t))
	ctx, c := t.Context(), w.callers["owner-a"]
	set := func(id string, e []iam.MetadataEntry) error {
		return errOf(w.SetMetadata(ctx, c, iam.MetadataOfUser, id, e))
	}
	big := bytes.Repeat([]byte{0xff}, iam.MaxMetadataValue)
	var few []iam.MetadataEntry
	for i := range iam.MaxMetadataSize / (iam.MaxMetadataValue + 1) {
		few = append(few, iam.MetadataEntry{Key: fmt.Sprint(i), Value: big})
	}
	w.ok(set("plain-a", few))
	w.want(iam.FailedPrecondition, "too large", set("plain-a", []iam.MetadataEntry{{Key: "more", Value: big}}))
	w.ok(set("plain-a", []iam.MetadataEntry{{Key: "0"}, {Key: "more", Value: big}}))
	for i := range iam.MaxMetadataEntries / iam.MaxMetadataAtOnce {
		var many []iam.MetadataEntry
		for j := range iam.MaxMetadataAtOnce {
			many = append(many, entries(fmt.Sprint(i, " ", j), "secret value")...)
		}
		w.ok(set("viewer-a", many))
	}
	w.want(iam.FailedPrecondition, "too many", set("viewer-a", entries("more", "v")))
	l, err := w.OrgEvents(ctx, c, "a", iam.FieldUserID.Is("viewer-a"), iam.Page{Limit: 1})
	if w.ok(err); string(l.Items[0].Payload) != `{"after":{"bytes":12,"key":"4 199"}}` {
		t.Errorf("recorded %s", l.Items[0].Payload)
	}
}
