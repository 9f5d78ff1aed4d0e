using Monorepo.Formats.Protos;
using Monorepo.History.Blobs;

namespace Monorepo.Host.Serving;

/// <summary>Names edges to clients, before this server's own endpoints or in place of them. Edges are told of the server's own. Thread-safe.</summary>
/// <param name="edges">In the order clients should ask them.</param>
/// <param name="own">What this server offers by itself.</param>
/// <param name="isForEdgesOnly">Clients are not told of this server's own.</param>
internal sealed class EdgeBlobOffers(IReadOnlyList<Uri> edges, IBlobOffers own, bool isForEdgesOnly) : IBlobOffers
{
    public const string Transport = "edge";

    public BlobOffer For(string authority, bool forEdge)
    {
        BlobOffer offers = own.For(authority, forEdge);
        if (forEdge)
        {
            return offers;
        }

        BlobOffer all = new();
        all.Endpoints.AddRange(edges.Select(static e => new BlobEndpoint { Transport = Transport, Host = e.IdnHost, Port = (uint)e.Port }));
        if (!isForEdgesOnly)
        {
            all.Endpoints.AddRange(offers.Endpoints);
        }

        return all;
    }
}
