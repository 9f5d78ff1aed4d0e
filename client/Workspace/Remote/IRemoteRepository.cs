using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Protos;

namespace Monorepo.Workspace.Remote;

/// <summary>
/// One repository on a server: what the client may ask. Each call is one round trip with a deadline. Any number of calls at a time.
/// All but argument errors come as <see cref="RemoteException"/>; what streams received before one stays valid.
/// </summary>
public interface IRemoteRepository : IAsyncDisposable
{
    RepositoryUrl Url { get; }

    /// <summary>Filled by every call.</summary>
    FetchStats Stats { get; }

    /// <summary>What may be fetched at most. Whoever receives objects or history spends it.</summary>
    FetchBudget Budget => FetchBudget.Unlimited;

    /// <summary>How often questions that change nothing are asked again, by whoever can go on with a cut answer.</summary>
    RetryPolicy Retries => RetryPolicy.None;

    /// <summary>Objects by id, by the fastest way the server offers and this machine has; owned by the repository.</summary>
    IBlobTransport Blobs { get; }

    Task<ListRefsResponse> ListRefsAsync(CancellationToken cancellationToken);

    /// <summary>The head, then the parts of segments from a position on. Nothing in them was verified.</summary>
    IAsyncEnumerable<ReadHistoryResponse> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken);

    /// <summary>The head, then commits with their places. Nothing in them was verified.</summary>
    IAsyncEnumerable<ReadCommitsResponse> ReadCommitsAsync(CommitsQuery query, CancellationToken cancellationToken);

    /// <summary>Trees reachable from the roots and not from the haves, in batches as they come. Nothing in them was verified.</summary>
    IAsyncEnumerable<ObjectBatch> GetTreesAsync(TreeQuery query, CancellationToken cancellationToken);

    /// <summary>Kind and size for each id; kind 0 where the server does not have it.</summary>
    Task<IReadOnlyList<ObjectInfo>> GetObjectInfoAsync(IReadOnlyList<ObjectId> ids, CancellationToken cancellationToken);

    /// <summary>Sends a push: its head, then objects. What the server answers for each ref is in the response; it refuses bad objects by a <see cref="RemoteError.Rejected"/>.</summary>
    Task<PushResponse> PushAsync(IAsyncEnumerable<PushRequest> parts, CancellationToken cancellationToken);
}

/// <summary>What is here of the history, so that the rest comes.</summary>
/// <param name="Epoch">The server's numbering; 0: nothing is here.</param>
/// <param name="Position">The first position wanted.</param>
/// <param name="Held">The beginning of the segment at the position, from an answer that was cut; null: nothing of it.</param>
/// <param name="KnownRefOffset">Of the refs that are here, of the same epoch; null: none are.</param>
public sealed record HistoryQuery(ulong Epoch, long Position, SegmentBeginning? Held = null, ulong? KnownRefOffset = null);

/// <summary>Which commits are wanted. Neither refs nor ids: the default branch's.</summary>
/// <param name="Refs">Full names, at most 1,024; those the server has not are left out.</param>
/// <param name="Ids">Commits, at most 65,536; those the server has not are left out.</param>
/// <param name="Depth">Commits on each way down from those, themselves included; 0: all that none of the haves leads to.</param>
/// <param name="Haves">With depth 0: commits that are here, at most 256.</param>
public sealed record CommitsQuery(IReadOnlyCollection<RefName> Refs, IReadOnlyCollection<ObjectId> Ids, int Depth, IReadOnlyCollection<ObjectId> Haves);

/// <summary>Which trees are wanted.</summary>
/// <param name="Roots">Tree or commit ids, at most 65,536.</param>
/// <param name="Haves">Tree or commit ids whose trees are here completely, at most 256.</param>
/// <param name="Paths">Only trees on the way to or under these; none: all.</param>
/// <param name="Depth">Levels below the roots; 0: all.</param>
/// <param name="Differing">The roots are pairs, the null id the empty tree: wanted is what each pair differs in.</param>
public sealed record TreeQuery(IReadOnlyCollection<ObjectId> Roots, IReadOnlyCollection<ObjectId> Haves, IReadOnlyCollection<ReadOnlyMemory<byte>> Paths, int Depth = 0, bool Differing = false);
