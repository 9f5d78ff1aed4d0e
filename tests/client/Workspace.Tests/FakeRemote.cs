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

    public int CommitsPerRun { get; init; } = 5;

    /// <summary>Runs given before the stream breaks; each call takes one off the queue, and an empty queue breaks nothing.</summary>
    public Queue<int> CutAfterRuns { get; } = new();

    /// <summary>Positions asked for, in order.</summary>
    public List<long> AskedPositions { get; } = [];

    public List<TreeQuery> TreeQueries { get; } = [];

    /// <summary>Ids of each request for contents.</summary>
    public List<ObjectId[]> BlobRequests { get; } = [];

    public Func<ObjectId, byte[], byte[]> OnSend { get; set; } = (_, envelope) => envelope;

    public RepositoryUrl Url { get; init; } = RepositoryUrl.Parse("http://localhost:1/test");

    public FetchStats Stats { get; } = new();

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

    public async IAsyncEnumerable<ReadHistoryResponse> ReadHistoryAsync(ulong epoch, long position, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        AskedPositions.Add(position);
        int cutAfter = CutAfterRuns.TryDequeue(out int runs) ? runs : int.MaxValue;
        yield return new ReadHistoryResponse { Head = new HistoryHead { Epoch = Epoch, Length = (ulong)Commits.Count, Refs = Refs, Blobs = new BlobOffer() } };
        if (epoch != 0 && epoch != Epoch)
        {
            yield break;
        }

        for (int next = (int)position; next < Commits.Count; next += CommitsPerRun)
        {
            if (cutAfter-- == 0)
            {
                throw new RemoteException(RemoteError.Unreachable, "the test cut the line");
            }

            cancellationToken.ThrowIfCancellationRequested();
            yield return new ReadHistoryResponse { Run = CommitRunCodec.Pack(next, [.. Commits.Skip(next).Take(CommitsPerRun).Select(c => (ReadOnlyMemory<byte>)c)]) };
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
        foreach (ObjectId root in query.Roots)
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
        throw new NotSupportedException();

    public ValueTask<BlobReply> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        lock (BlobRequests)
        {
            BlobRequests.Add(ids.ToArray());
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
}
