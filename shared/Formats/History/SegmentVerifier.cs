using System.Buffers;
using Monorepo.Core;

namespace Monorepo.Formats.History;

/// <summary>A commit as <see cref="SegmentReader.Verify"/> hands it out. Its spans are valid during the visit only.</summary>
public readonly ref struct SegmentCommit
{
    /// <summary>In the segment, from 0 on.</summary>
    public int Index { get; init; }

    /// <summary>In the log.</summary>
    public long Position { get; init; }

    /// <summary>The hash of <see cref="Body"/>.</summary>
    public ObjectId Id { get; init; }

    public ObjectId Tree { get; init; }

    /// <summary>The committer's time in seconds since 1970.</summary>
    public long CommitSeconds { get; init; }

    /// <summary>Positions in the log, in the commit's order; -1 for a parent that the log does not hold.</summary>
    public ReadOnlySpan<long> Parents { get; init; }

    /// <summary>The raw body.</summary>
    public ReadOnlySpan<byte> Body { get; init; }
}

/// <summary>Takes a segment's commits one after the other; best a struct, which is then called without indirection.</summary>
public interface ISegmentVisitor
{
    void Visit(in SegmentCommit commit);
}

/// <summary>
/// Rebuilds all bodies of a segment into one buffer and hashes them. Parents are named by id in a body, so a commit can be rebuilt only
/// when all before it are hashed: this part is serial, and decoding the next segment's columns meanwhile is the caller's.
/// </summary>
internal sealed class SegmentVerifier<TIds>(SegmentReader segment, TIds ids)
    where TIds : ICommitIds
{
    private const int FirstBufferBytes = 64 * 1024;

    public void Run<TVisitor>(ref TVisitor visitor)
        where TVisitor : ISegmentVisitor
    {
        segment.DecodeAll();
        CommitRebuilder rebuilder = new(segment);
        KnownIds known = new(segment.FirstPosition, new ObjectId[segment.Count], ids);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
        try
        {
            long bodyBytes = 0;
            for (int i = 0; i < segment.Count; i++)
            {
                int lengthMax = rebuilder.LengthMax(i);
                if (lengthMax > buffer.Length)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = ArrayPool<byte>.Shared.Rent(lengthMax);
                }

                ReadOnlySpan<byte> body = buffer.AsSpan(0, rebuilder.Write(i, known, buffer));
                bodyBytes += body.Length;
                if (bodyBytes > segment.Header.BodyBytes)
                {
                    break;
                }

                ref ObjectId id = ref known.Own[i];
                id = ObjectHasher.Hash(ObjectKind.Commit, body);
                if (segment.IsRaw(i))
                {
                    CheckRaw(i, known);
                }

                visitor.Visit(new SegmentCommit
                {
                    Index = i,
                    Position = segment.FirstPosition + i,
                    Id = id,
                    Tree = segment.GetTree(i),
                    CommitSeconds = segment.GetCommitSeconds(i),
                    Parents = segment.GetParents(i),
                    Body = body,
                });
            }

            if (bodyBytes != segment.Header.BodyBytes)
            {
                throw new CorruptSegmentException($"A segment's bodies are not the {segment.Header.BodyBytes} bytes that it announces.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A raw body is hashed as it stands; what the columns say of it has to be proven.</summary>
    private void CheckRaw(int index, KnownIds known)
    {
        Commit commit = segment.ParseRaw(index);
        ReadOnlySpan<long> parents = segment.GetParents(index);
        bool agrees = commit.Tree == segment.GetTree(index) && commit.Committer.UnixSeconds == segment.GetCommitSeconds(index)
            && commit.Parents.Count == parents.Length;
        for (int i = 0; agrees && i < parents.Length; i++)
        {
            agrees = parents[i] < 0 || known.GetId(parents[i]) == commit.Parents[i];
        }

        if (!agrees)
        {
            throw new CorruptSegmentException($"A segment's columns contradict the body of commit {segment.FirstPosition + index}.");
        }
    }

    private readonly struct KnownIds(long firstPosition, ObjectId[] own, TIds before) : ICommitIds
    {
        public ObjectId[] Own => own;

        public ObjectId GetId(long position) => position >= firstPosition ? own[position - firstPosition] : before.GetId(position);
    }
}
