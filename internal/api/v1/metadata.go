package v1

import (
	"context"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/auth"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/management"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/metadata"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// An entry that already has the value that is set is a success here, as in
// Zitadel: unlike other updates of this generation.

// metadataOf is a metadata entry on the wire.
func metadataOf(m iam.Metadata) *metadata.Metadata {
	return &metadata.Metadata{Details: details(m.Meta, m.OrgID), Key: m.Key, Value: m.Value}
}

// metadataFilter reads the queries of a list of metadata.
func metadataFilter(queries []*metadata.MetadataQuery) (iam.Filter, error) {
	return filterOf(queries, func(q *metadata.MetadataQuery) (iam.Filter, error) {
		if q, ok := q.GetQuery().(*metadata.MetadataQuery_KeyQuery); ok {
			return textFilter(iam.FieldKey, q.KeyQuery.GetKey(), q.KeyQuery.GetMethod())
		}
		return iam.Filter{}, unknownQuery()
	})
}

// metadataEntries reads what is to be set. Kind: InvalidArgument for an empty
// value, by which the second generation removes.
func metadataEntries[E interface {
	GetKey() string
	GetValue() []byte
}](in ...E) ([]iam.MetadataEntry, error) {
	out := make([]iam.MetadataEntry, len(in))
	for i, e := range in {
		if len(e.GetValue()) == 0 {
			return nil, iam.Errorf(iam.InvalidArgument, "META-mt01x", "a metadata value must not be empty").At(iam.FieldValue)
		}
		out[i] = iam.MetadataEntry{Key: e.GetKey(), Value: e.GetValue()}
	}
	return out, nil
}

// setMetadata sets entries of a user or an organization.
func (s *Management) setMetadata(ctx context.Context, level iam.MetadataLevel, id string, entries []iam.MetadataEntry, err error) (iam.Metadata, error) {
	if err != nil {
		return iam.Metadata{}, err
	}
	m, err := s.Directory.SetMetadata(ctx, call.Caller(ctx), level, id, entries)
	return m, call.Unless(err)
}

// SetUserMetadata sets one metadata entry of a user.
func (s *Management) SetUserMetadata(ctx context.Context, req *management.SetUserMetadataRequest) (*management.SetUserMetadataResponse, error) {
	entries, err := metadataEntries(req)
	m, err := s.setMetadata(ctx, iam.MetadataOfUser, req.GetId(), entries, err)
	if err != nil {
		return nil, err
	}
	return &management.SetUserMetadataResponse{Id: req.GetId(), Details: details(m.Meta, m.OrgID)}, nil
}

// BulkSetUserMetadata sets metadata entries of a user, all or none.
func (s *Management) BulkSetUserMetadata(ctx context.Context, req *management.BulkSetUserMetadataRequest) (*management.BulkSetUserMetadataResponse, error) {
	entries, err := metadataEntries(req.GetMetadata()...)
	m, err := s.setMetadata(ctx, iam.MetadataOfUser, req.GetId(), entries, err)
	if err != nil {
		return nil, err
	}
	return &management.BulkSetUserMetadataResponse{Details: details(m.Meta, m.OrgID)}, nil
}

// ListUserMetadata lists the metadata of a user.
func (s *Management) ListUserMetadata(ctx context.Context, req *management.ListUserMetadataRequest) (*management.ListUserMetadataResponse, error) {
	f, err := metadataFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	l, err := s.Directory.MetadataEntries(ctx, call.Caller(ctx), iam.MetadataOfUser, req.GetId(), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListUserMetadataResponse{
		Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, metadataOf),
	}, nil
}

// GetUserMetadata finds one metadata entry of a user.
func (s *Management) GetUserMetadata(ctx context.Context, req *management.GetUserMetadataRequest) (*management.GetUserMetadataResponse, error) {
	m, err := s.Directory.Metadata(ctx, call.Caller(ctx), iam.MetadataOfUser, req.GetId(), req.GetKey())
	if err != nil {
		return nil, err
	}
	return &management.GetUserMetadataResponse{Metadata: metadataOf(m)}, nil
}

// RemoveUserMetadata removes one metadata entry of a user. One that is not there is an error.
func (s *Management) RemoveUserMetadata(ctx context.Context, req *management.RemoveUserMetadataRequest) (*management.RemoveUserMetadataResponse, error) {
	m, err := s.Directory.RemoveMetadata(ctx, call.Caller(ctx), iam.MetadataOfUser, req.GetId(), []string{req.GetKey()})
	if err != nil {
		return nil, err
	}
	return &management.RemoveUserMetadataResponse{Details: details(m.Meta, m.OrgID)}, nil
}

// BulkRemoveUserMetadata removes metadata entries of a user, all or none. One
// that is not there is an error.
func (s *Management) BulkRemoveUserMetadata(ctx context.Context, req *management.BulkRemoveUserMetadataRequest) (*management.BulkRemoveUserMetadataResponse, error) {
	m, err := s.Directory.RemoveMetadata(ctx, call.Caller(ctx), iam.MetadataOfUser, req.GetId(), req.GetKeys())
	if err != nil {
		return nil, err
	}
	return &management.BulkRemoveUserMetadataResponse{Details: details(m.Meta, m.OrgID)}, nil
}

// SetOrgMetadata sets one metadata entry of the organization of the context.
func (s *Management) SetOrgMetadata(ctx context.Context, req *management.SetOrgMetadataRequest) (*management.SetOrgMetadataResponse, error) {
	entries, err := metadataEntries(req)
	m, err := s.setMetadata(ctx, iam.MetadataOfOrg, call.Caller(ctx).Context(), entries, err)
	if err != nil {
		return nil, err
	}
	return &management.SetOrgMetadataResponse{Details: details(m.Meta, m.OrgID)}, nil
}

// BulkSetOrgMetadata sets metadata entries of the organization of the context,
// all or none.
func (s *Management) BulkSetOrgMetadata(ctx context.Context, req *management.BulkSetOrgMetadataRequest) (*management.BulkSetOrgMetadataResponse, error) {
	entries, err := metadataEntries(req.GetMetadata()...)
	m, err := s.setMetadata(ctx, iam.MetadataOfOrg, call.Caller(ctx).Context(), entries, err)
	if err != nil {
		return nil, err
	}
	return &management.BulkSetOrgMetadataResponse{Details: details(m.Meta, m.OrgID)}, nil
}

// ListOrgMetadata lists the metadata of the organization of the context.
func (s *Management) ListOrgMetadata(ctx context.Context, req *management.ListOrgMetadataRequest) (*management.ListOrgMetadataResponse, error) {
	f, err := metadataFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	c := call.Caller(ctx)
	l, err := s.Directory.MetadataEntries(ctx, c, iam.MetadataOfOrg, c.Context(), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &management.ListOrgMetadataResponse{
		Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, metadataOf),
	}, nil
}

// GetOrgMetadata finds one metadata entry of the organization of the context.
func (s *Management) GetOrgMetadata(ctx context.Context, req *management.GetOrgMetadataRequest) (*management.GetOrgMetadataResponse, error) {
	c := call.Caller(ctx)
	m, err := s.Directory.Metadata(ctx, c, iam.MetadataOfOrg, c.Context(), req.GetKey())
	if err != nil {
		return nil, err
	}
	return &management.GetOrgMetadataResponse{Metadata: metadataOf(m)}, nil
}

// RemoveOrgMetadata removes one metadata entry of the organization of the
// context. One that is not there is an error.
func (s *Management) RemoveOrgMetadata(ctx context.Context, req *management.RemoveOrgMetadataRequest) (*management.RemoveOrgMetadataResponse, error) {
	c := call.Caller(ctx)
	m, err := s.Directory.RemoveMetadata(ctx, c, iam.MetadataOfOrg, c.Context(), []string{req.GetKey()})
	if err != nil {
		return nil, err
	}
	return &management.RemoveOrgMetadataResponse{Details: details(m.Meta, m.OrgID)}, nil
}

// BulkRemoveOrgMetadata removes metadata entries of the organization of the
// context, all or none. One that is not there is an error.
func (s *Management) BulkRemoveOrgMetadata(ctx context.Context, req *management.BulkRemoveOrgMetadataRequest) (*management.BulkRemoveOrgMetadataResponse, error) {
	c := call.Caller(ctx)
	m, err := s.Directory.RemoveMetadata(ctx, c, iam.MetadataOfOrg, c.Context(), req.GetKeys())
	if err != nil {
		return nil, err
	}
	return &management.BulkRemoveOrgMetadataResponse{Details: details(m.Meta, m.OrgID)}, nil
}

// ListMyMetadata lists the caller's own metadata.
func (s *Auth) ListMyMetadata(ctx context.Context, req *auth.ListMyMetadataRequest) (*auth.ListMyMetadataResponse, error) {
	f, err := metadataFilter(req.GetQueries())
	if err != nil {
		return nil, err
	}
	c := call.Caller(ctx)
	l, err := s.Directory.MetadataEntries(ctx, c, iam.MetadataOfUser, c.UserID(), f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &auth.ListMyMetadataResponse{
		Details: listDetails(l.Total, s.Now()), Result: mapSlice(l.Items, metadataOf),
	}, nil
}

// GetMyMetadata finds one of the caller's own metadata entries.
func (s *Auth) GetMyMetadata(ctx context.Context, req *auth.GetMyMetadataRequest) (*auth.GetMyMetadataResponse, error) {
	c := call.Caller(ctx)
	m, err := s.Directory.Metadata(ctx, c, iam.MetadataOfUser, c.UserID(), req.GetKey())
	if err != nil {
		return nil, err
	}
	return &auth.GetMyMetadataResponse{Metadata: metadataOf(m)}, nil
}
