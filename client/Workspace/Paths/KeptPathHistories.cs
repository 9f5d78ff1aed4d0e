using System.Runtime.CompilerServices;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Paths;

/// <summary>
/// A server's knowledge of paths with what it told before kept in the clone: a history that was asked for once costs its new changes only, and
/// is there when the server can't be asked (<see cref="UnknownFrom"/>). Not thread-safe.
/// </summary>
/// <param name="server">Asked for what is not here.</param>
/// <param name="directory">Where histories are kept; made where it is not there.</param>
public sealed class KeptPathHistories(IPathHistorySource server, string directory) : IPathHistorySource
{
    private readonly PathHistoryFiles _files = new(directory);

    /// <summary>From this position on answers may lack changes, because the server could not be asked; <see cref="long.MaxValue"/>: none does.</summary>
    public long UnknownFrom { get; private set; } = long.MaxValue;

    /// <summary>Why the server could not be asked.</summary>
    public RemoteException? Failure { get; private set; }

    public async IAsyncEnumerable<PathHistoryBlock> GetPathHistoryAsync(
        GetPathHistoryRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        KnownPathHistory?[] known = [.. request.Paths.Select(p => Find(request, p.Span))];
        PathHistoryList[] lists = await ReadAsync(request, known, cancellationToken);
        for (int i = 0; i < lists.Length; i++)
        {
            yield return lists[i].ToBlock((uint)i, (long)request.Below, request.Limit == 0 ? long.MaxValue : request.Limit);
        }
    }

    public Task<GetPathEntriesResponse> GetPathEntriesAsync(GetPathEntriesRequest request, CancellationToken cancellationToken) =>
        server.GetPathEntriesAsync(request, cancellationToken);

    public Task<GetLastModifiedResponse> GetLastModifiedAsync(GetLastModifiedRequest request, CancellationToken cancellationToken) =>
        server.GetLastModifiedAsync(request, cancellationToken);

    private KnownPathHistory? Find(GetPathHistoryRequest request, ReadOnlySpan<byte> path) =>
        _files.Find(request.Epoch, path) is { } known && (known.Changes.HasEntries || !request.WantEntries) ? known : null;

    private async Task<PathHistoryList[]> ReadAsync(GetPathHistoryRequest request, KnownPathHistory?[] known, CancellationToken cancellationToken)
    {
        int[] asked = [.. Enumerable.Range(0, known.Length).Where(i => known[i] is not { } k || k.Below < (long)request.Below)];
        PathHistoryList[] lists = [.. known.Select(k => k?.Changes ?? new PathHistoryList(request.WantEntries))];
        if (asked.Length == 0)
        {
            return lists;
        }

        PathHistoryList[] fresh;
        try
        {
            fresh = await AskAsync(request, asked, known, cancellationToken);
        }
        catch (RemoteException e) when (e.IsTransient && Array.TrueForAll(known, static k => k is not null))
        {
            Failure = e;
            UnknownFrom = Math.Min(UnknownFrom, asked.Min(i => known[i]!.Below));
            return lists;
        }

        for (int i = 0; i < asked.Length; i++)
        {
            int path = asked[i];
            lists[path] = fresh[i];
            bool isWhole = request.Limit == 0 || fresh[i].Count < request.Limit;
            if (isWhole && known[path] is { } older)
            {
                fresh[i].Append(older.Changes);
            }

            if (isWhole)
            {
                _files.Keep(request.Epoch, request.Paths[path].Span, new KnownPathHistory((long)request.Below, fresh[i]));
            }
        }

        return lists;
    }

    /// <summary>What the server has of these paths above what is known of them.</summary>
    private async Task<PathHistoryList[]> AskAsync(GetPathHistoryRequest request, int[] asked, KnownPathHistory?[] known, CancellationToken cancellationToken)
    {
        // With entries where the older part has them, so that both can be joined.
        bool wantEntries = request.WantEntries || Array.Exists(asked, i => known[i] is { Changes.HasEntries: true });
        GetPathHistoryRequest question = new() { Epoch = request.Epoch, Below = request.Below, Limit = request.Limit, WantEntries = wantEntries };
        question.Paths.AddRange(asked.Select(i => request.Paths[i]));
        question.From.AddRange(asked.Select(i => (ulong)(known[i]?.Below ?? 0)));
        PathHistoryList[] fresh = [.. asked.Select(i => new PathHistoryList(known[i]?.Changes.HasEntries ?? request.WantEntries))];
        int ended = 0;
        await foreach (PathHistoryBlock block in server.GetPathHistoryAsync(question, cancellationToken))
        {
            if (block.Path >= fresh.Length)
            {
                throw new RemoteException(RemoteError.Broken, $"The server tells of path {block.Path} of {fresh.Length}.");
            }

            fresh[block.Path].Append(block);
            ended += block.IsLast ? 1 : 0;
        }

        return ended == fresh.Length
            ? fresh
            : throw new RemoteException(RemoteError.Broken, $"The server's answer ends after {ended} of {fresh.Length} paths.");
    }
}
