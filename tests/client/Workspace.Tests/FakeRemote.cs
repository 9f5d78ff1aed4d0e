using System.Runtime.CompilerServices;
using Google.Protobuf;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.History;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Tests;

/// <summary>A server in memory: what it holds, how it answers and where it fails are the test's.</summary>
internal sealed class FakeRemote : IRemoteRepository, IBlobTransport
{
    private readonly Dictionary<ObjectId, byte[]> _objects = [];

    public FakeRemote()
    {
    }

    public FakeRemote(GitRepository git, bool commitsOnly = false)
    {
        foreach ((ObjectId id, ObjectKind kind, byte[] body) in git.ReadAll(commitsOnly))
        {
            Add(kind, body);
            if (kind == ObjectKind.Commit)
            {
                Commits.Add(body);
            }
        }

        foreach (string line in git.Lines("for-each-ref", "--format=%(objectname) %(refname) %(*objectname)"))
        {
            string[] parts = line.Split(' ');
            string peeled = parts[2].Length > 0 ? git.Line("rev-parse", parts[1] + "^{}") : "";
            Refs.Refs.Add(new Ref
            {
                Name = parts[1],
                Target = ToBytes(ObjectId.Parse(parts[0])),
                Peeled = peeled.Length > 0 ? ToBytes(ObjectId.Parse(peeled)) : ByteString.Empty,
            });
        }

        Refs.DefaultBranch = git.Line("symbolic-ref", "HEAD");
    }

    public List<byte[]> Commits { get; } = [];

    public ListRefsResponse Refs { get; } = new();

    public ulong Epoch { get; set; } = 7;

    public int CommitsPerSegment { get; init; } = 5;

    /// <summary>Bytes of a segment that a part carries.</summary>
    public int PartBytes { get; init; } = 1 << 20;

    /// <summary>Parts given before the stream breaks; each call takes one off the queue, and an empty queue breaks nothing.</summary>
    public Queue<int> CutAfterParts { get; } = new();

    /// <summary>What was asked, in order.</summary>
    public List<HistoryQuery> HistoryQueries { get; } = [];

    /// <summary>Positions asked for, in order.</summary>
    public IEnumerable<long> AskedPositions => HistoryQueries.Select(q => q.Position);

    /// <summary>Bytes of segments sent, in all answers.</summary>
    public long SegmentBytesSent { get; private set; }

    /// <summary>May change a part before it is sent.</summary>
    public Func<SegmentPart, SegmentPart> OnSendPart { get; set; } = part => part;

    public List<CommitsQuery> CommitsQueries { get; } = [];

    /// <summary>May change a commit before it is sent, or leave it out.</summary>
    public Func<PlacedCommit, PlacedCommit?> OnSendCommit { get; set; } = commit => commit;

    /// <summary>Answers with these in place of all refs, where the client says what it knows.</summary>
    public RefChanges? RefChanges { get; set; }

    public List<TreeQuery> TreeQueries { get; } = [];

    /// <summary>Ids of each request for contents.</summary>
    public List<ObjectId[]> BlobRequests { get; } = [];

    /// <summary>One a request, as <see cref="BlobRequests"/>.</summary>
    public List<BlobReadOptions> BlobRequestOptions { get; } = [];

    public Func<ObjectId, byte[], byte[]> OnSend { get; set; } = (_, envelope) => envelope;

    public RepositoryUrl Url { get; init; } = RepositoryUrl.Parse("http://localhost:1/test");

    public FetchStats Stats { get; } = new();

    public FetchBudget Budget { get; set; } = FetchBudget.Unlimited;

    /// <summary>False: it does not tell the sizes of objects.</summary>
    public bool KnowsSizes { get; set; } = true;

    public IBlobTransport Blobs => this;

    public string Name => "fake";

    public ObjectId Add(ObjectKind kind, byte[] body)
    {
        ObjectId id = ObjectHasher.Hash(kind, body);
        _objects[id] = ObjectEnvelope.Seal(kind, body);
        return id;
    }

    public void Remove(ObjectId id) => _objects.Remove(id);

    public Task<ListRefsResponse> ListRefsAsync(CancellationToken cancellationToken) => Task.FromResult(Refs);

    public async IAsyncEnumerable<ReadHistoryResponse> ReadHistoryAsync(HistoryQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        HistoryQueries.Add(query);
        int cutAfter = CutAfterParts.TryDequeue(out int parts) ? parts : int.MaxValue;
        bool isKnown = query.Epoch == Epoch;
        RefChanges? changes = isKnown && query.KnownRefOffset == Refs.Offset ? RefChanges : null;
        yield return new ReadHistoryResponse
        {
            Head = new HistoryHead { Epoch = Epoch, Length = (ulong)Commits.Count, Refs = changes is null ? Refs : null, RefChanges = changes, Blobs = new BlobOffer() },
        };
        if (query.Epoch != 0 && !isKnown)
        {
            yield break;
        }

        Positions positions = new(Commits);
        SegmentBeginning? held = isKnown ? query.Held : null;
        for (int next = (int)query.Position; next < Commits.Count;)
        {
            int count = Math.Min(held is null ? CommitsPerSegment : (int)held.Count, Commits.Count - next);
            byte[] segment = SegmentEncoder.Encode(next, [.. Commits.Skip(next).Take(count).Select(c => (ReadOnlyMemory<byte>)c)], positions, SegmentFormat.PassingLevel);
            int offset = held is not null && held.TotalBytes == segment.Length && held.Count == count ? (int)held.Bytes : 0;
            for (held = null; offset < segment.Length; offset += PartBytes)
            {
                if (cutAfter-- == 0)
                {
                    throw new RemoteException(RemoteError.Unreachable, "the test cut the line");
                }

                cancellationToken.ThrowIfCancellationRequested();
                SegmentPart part = new()
                {
                    Position = (ulong)next,
                    Count = (uint)count,
                    TotalBytes = (uint)segment.Length,
                    Offset = (uint)offset,
                    Data = ByteString.CopyFrom(segment.AsSpan(offset, Math.Min(PartBytes, segment.Length - offset))),
                };
                SegmentBytesSent += part.Data.Length;
                yield return new ReadHistoryResponse { Segment = OnSendPart(part) };
            }

            next += count;
        }
    }

    public async IAsyncEnumerable<ReadCommitsResponse> ReadCommitsAsync(CommitsQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        CommitsQueries.Add(query);
        int cutAfter = CutAfterParts.TryDequeue(out int parts) ? parts : int.MaxValue;
        Dictionary<ObjectId, (int Position, byte[] Body)> log = [];
        foreach (byte[] body in Commits)
        {
            log.Add(ObjectHasher.Hash(ObjectKind.Commit, body), (log.Count, body));
        }

        string[] names = query.Refs.Count + query.Ids.Count > 0 ? [.. query.Refs.Select(r => r.Value)] : [Refs.DefaultBranch];
        ListRefsResponse refs = new() { DefaultBranch = Refs.DefaultBranch };
        refs.Refs.AddRange(Refs.Refs.Where(r => names.Contains(r.Name)));
        yield return new ReadCommitsResponse { Head = new CommitsHead { Epoch = Epoch, Length = (ulong)Commits.Count, Refs = refs, Blobs = new BlobOffer() } };

        HashSet<ObjectId> had = [];
        List<ObjectId> level = [.. query.Haves];
        while (query.Depth == 0 && level.Count > 0)
        {
            level = [.. level.Where(id => log.ContainsKey(id) && had.Add(id)).SelectMany(id => Commit.Parse(log[id].Body).Parents)];
        }

        level = [.. refs.Refs.Select(r => new ObjectId((r.Peeled.IsEmpty ? r.Target : r.Peeled).Span)), .. query.Ids];
        for (int depth = 0; level.Count > 0 && (depth < query.Depth || query.Depth == 0); depth++)
        {
            List<ObjectId> fresh = [.. level.Where(id => log.ContainsKey(id) && had.Add(id))];
            foreach (ObjectId id in fresh)
            {
                if (cutAfter-- == 0)
                {
                    throw new RemoteException(RemoteError.Unreachable, "the test cut the line");
                }

                PlacedCommit commit = new() { Body = ByteString.CopyFrom(log[id].Body), Position = (ulong)log[id].Position };
                commit.Parents.AddRange(Commit.Parse(log[id].Body).Parents.Select(p => (ulong)log[p].Position));
                if (OnSendCommit(commit) is { } sent)
                {
                    yield return new ReadCommitsResponse { Commits = new PlacedCommits { Commits = { sent } } };
                }
            }

            level = [.. fresh.SelectMany(id => Commit.Parse(log[id].Body).Parents)];
        }
    }

    public async IAsyncEnumerable<ObjectBatch> GetTreesAsync(TreeQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        TreeQueries.Add(query);
        HashSet<ObjectId> haves = [];
        foreach (ObjectId have in query.Haves)
        {
            Walk(have, haves, []);
        }

        List<ObjectId> order = [];
        HashSet<ObjectId> seen = [.. haves];
        foreach (ObjectId root in query.Roots.Where(r => !r.IsNull))
        {
            Walk(root, seen, order);
        }

        foreach (ObjectId[] chunk in order.Chunk(3))
        {
            ObjectBatch batch = new();
            batch.Objects.AddRange(chunk.Select(id => new ObjectEntry { Id = ToBytes(id), Envelope = Envelope(id) is { } e ? ByteString.CopyFrom(e) : ByteString.Empty }));
            yield return batch;
        }
    }

    public Task<IReadOnlyList<ObjectInfo>> GetObjectInfoAsync(IReadOnlyList<ObjectId> ids, CancellationToken cancellationToken) =>
        KnowsSizes
            ? Task.FromResult<IReadOnlyList<ObjectInfo>>([.. ids.Select(id => new ObjectInfo { Size = (ulong)ObjectEnvelope.Decode(_objects[id], out _).Length })])
            : throw new RemoteException(RemoteError.Unreachable, "the test has no sizes");

    public Task<PushResponse> PushAsync(IAsyncEnumerable<PushRequest> parts, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<BlobReply> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        lock (BlobRequests)
        {
            BlobRequests.Add(ids.ToArray());
            BlobRequestOptions.Add(options);
        }

        BlobEntry[] entries = [.. ids.ToArray().Select(id => Envelope(id) is { } e ? BlobEntry.Found(e) : BlobEntry.Missing)];
        return ValueTask.FromResult(new BlobReply(entries, null));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static ByteString ToBytes(ObjectId id) => ByteString.CopyFrom(id.AsSpan());

    private byte[]? Envelope(ObjectId id) => _objects.TryGetValue(id, out byte[]? envelope) ? OnSend(id, envelope) : null;

    private void Walk(ObjectId tree, HashSet<ObjectId> seen, List<ObjectId> order)
    {
        if (!seen.Add(tree))
        {
            return;
        }

        order.Add(tree);
        if (!_objects.TryGetValue(tree, out byte[]? envelope))
        {
            return;
        }

        foreach (TreeEntry entry in new TreeReader(ObjectEnvelope.Decode(envelope, out _)))
        {
            if (entry.Mode.IsDirectory())
            {
                Walk(entry.Id, seen, order);
            }
        }
    }

    private sealed class Positions : IParentPositions
    {
        private readonly Dictionary<ObjectId, long> _positions = [];

        public Positions(IReadOnlyList<byte[]> commits)
        {
            for (int i = 0; i < commits.Count; i++)
            {
                _positions.TryAdd(ObjectHasher.Hash(ObjectKind.Commit, commits[i]), i);
            }
        }

        public long Find(in ObjectId id) => _positions.TryGetValue(id, out long position) ? position : -1;
    }
}
