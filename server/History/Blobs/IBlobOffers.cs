using Monorepo.Formats.Protos;

namespace Monorepo.History.Blobs;

/// <summary>What the server tells clients about its blob plane.</summary>
public interface IBlobOffers
{
    /// <param name="authority">What the client called the server, <c>host:port</c>: the way to a server that listens on every address.</param>
    /// <param name="forEdge">An edge asks, which wants this server's own source and nobody else's.</param>
    /// <returns>A message the caller does not change.</returns>
    BlobOffer For(string authority, bool forEdge);
}

/// <summary>No other way than gRPC.</summary>
public sealed class NoBlobOffers : IBlobOffers
{
    private readonly BlobOffer _none = new();

    public BlobOffer For(string authority, bool forEdge) => _none;
}
