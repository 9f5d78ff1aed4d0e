using Monorepo.BlobPlane;
using Monorepo.BlobPlane.Caching;
using Monorepo.Formats.Protos;
using Monorepo.Memcached;

namespace Monorepo.Operations.Statistics;

/// <summary>What a running server is made of, for its statistics. Implemented where the parts are put together. Thread-safe, and cheap enough to ask every second.</summary>
public interface IServerState
{
    BlobPlaneStatistics Blobs { get; }

    /// <summary>What is behind the caches: <c>store</c>, or <c>upstream</c> of an edge.</summary>
    string OriginName { get; }

    /// <summary>Null without memcached.</summary>
    LeaseStatistics? Leases { get; }

    /// <summary>memcached, in the order configured; empty without.</summary>
    IReadOnlyList<NodeStatistics> Nodes { get; }

    /// <summary>Parts of this process that own memory; the process itself and its managed heap are added.</summary>
    IReadOnlyList<MemoryOwner> Memory { get; }

    /// <summary>Null where the server has none.</summary>
    StoreState? Store { get; }

    /// <summary>Null where UCX is off.</summary>
    UcxState? Ucx { get; }
}
