package v1

import (
	"context"
	"strconv"

	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/admin"
	"github.com/zitadel/zitadel-go/v3/pkg/client/zitadel/instance"

	"github.com/latchkey-iam/latchkey/internal/api/call"
	"github.com/latchkey-iam/latchkey/internal/directory"
	"github.com/latchkey-iam/latchkey/internal/iam"
)

// ListInstanceDomains lists the hosts of the instance: the issuer's.
func (s *Admin) ListInstanceDomains(ctx context.Context, req *admin.ListInstanceDomainsRequest) (*admin.ListInstanceDomainsResponse, error) {
	f, err := filterOf(req.GetQueries(), domainQuery)
	if err != nil {
		return nil, err
	}
	// One host is sorted by anything.
	if _, ok := instance.DomainFieldName_name[int32(req.GetSortingColumn())]; !ok {
		return nil, unknownEnum("the sorting column")
	}
	l, err := s.Directory.InstanceDomains(ctx, call.Caller(ctx), "", f, page(req.GetQuery()))
	if err != nil {
		return nil, err
	}
	return &admin.ListInstanceDomainsResponse{
		Details: listDetails(l.Total, s.Now()), SortingColumn: req.GetSortingColumn(),
		Result: mapSlice(l.Items, func(d directory.InstanceDomain) *instance.Domain {
			return &instance.Domain{Details: details(d.Meta, d.InstanceID), Domain: d.Domain, Primary: d.Primary, Generated: d.Generated}
		}),
	}, nil
}

func domainQuery(q *instance.DomainSearchQuery) (iam.Filter, error) {
	switch q := q.GetQuery().(type) {
	case *instance.DomainSearchQuery_DomainQuery:
		return textFilter(iam.FieldDomain, q.DomainQuery.GetDomain(), q.DomainQuery.GetMethod())
	case *instance.DomainSearchQuery_GeneratedQuery:
		return iam.FieldGenerated.Is(strconv.FormatBool(q.GeneratedQuery.GetGenerated())), nil
	case *instance.DomainSearchQuery_PrimaryQuery:
		return iam.FieldPrimary.Is(strconv.FormatBool(q.PrimaryQuery.GetPrimary())), nil
	}
	return iam.Filter{}, unknownQuery()
}

// ListViews lists nothing: what is read is what was written, with no views in
// between that could lag behind.
func (s *Admin) ListViews(ctx context.Context, _ *admin.ListViewsRequest) (*admin.ListViewsResponse, error) {
	return &admin.ListViewsResponse{}, s.Directory.Views(call.Caller(ctx))
}

// ListFailedEvents lists nothing: there are no views that could fail to take an event.
func (s *Admin) ListFailedEvents(ctx context.Context, _ *admin.ListFailedEventsRequest) (*admin.ListFailedEventsResponse, error) {
	return &admin.ListFailedEventsResponse{}, s.Directory.Views(call.Caller(ctx))
}
