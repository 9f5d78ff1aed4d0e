using System.Buffers.Text;
using Monorepo.Core;

namespace Monorepo.Formats.History;

/// <summary>Writes raw bodies from a segment's columns.</summary>
internal readonly struct CommitRebuilder(SegmentReader segment)
{
    // "author " and "committer ", spaces, line feeds, two times of at most 20 digits, two zones, the empty line.
    private const int IdentityLinesBytesMax = 24 + (2 * 20) + (2 * SegmentFormat.ZoneBytesMax);

    private readonly ShapeColumn _shapes = segment.Shapes;
    private readonly ParentColumn _parents = segment.Parents;
    private readonly TreeColumns _trees = segment.Trees;
    private readonly TimeColumn _times = segment.Times;
    private readonly IdentityColumns _identities = segment.Identities;
    private readonly MessageColumns _messages = segment.Messages;
    private readonly HeaderColumn _headers = segment.Headers;

    /// <summary>Room that <see cref="Write"/> may need.</summary>
    /// <exception cref="CorruptSegmentException">More than the segment says its bodies have.</exception>
    public int LengthMax(int index)
    {
        if (_shapes[index] == CommitShape.Raw)
        {
            return _headers[index].Length;
        }

        long length = SegmentFormat.TreeLineBytes + ((long)_parents[index].Length * SegmentFormat.ParentLineBytes)
            + _identities.Identity(_identities.Author(index)).Length + _identities.Identity(_identities.Committer(index)).Length
            + _headers[index].Length + _messages.Length(index);
        return segment.CheckLength((int)Math.Min(length, int.MaxValue)) + IdentityLinesBytesMax;
    }

    /// <param name="destination">At least <see cref="LengthMax"/>.</param>
    /// <returns>The body's length.</returns>
    public int Write<TIds>(int index, TIds ids, Span<byte> destination)
        where TIds : ICommitIds
    {
        CommitShape shape = _shapes[index];
        ReadOnlySpan<byte> headers = _headers[index].Span;
        if (shape == CommitShape.Raw)
        {
            headers.CopyTo(destination);
            return headers.Length;
        }

        SpanWriter output = new(destination);
        output.Write("tree "u8);
        output.WriteId(_trees[index]);
        foreach (long parent in _parents[index])
        {
            output.Write("parent "u8);
            ObjectId id = ids.GetId(parent);
            output.WriteId(id.AsSpan());
        }

        output.Write("author "u8);
        output.WriteIdentity(_identities.Identity(_identities.Author(index)).Span, _times.Author(index), _identities.AuthorZone(index).Span);
        output.Write("committer "u8);
        output.WriteIdentity(_identities.Identity(_identities.Committer(index)).Span, _times.Commit(index), _identities.CommitterZone(index).Span);
        output.Write(headers);
        if (!shape.HasAny(CommitShape.HasNoMessage))
        {
            output.Write("\n"u8);
            if (_messages.IsPacked(index))
            {
                _messages.CopyTo(index, output.Take(_messages.Length(index)));
            }
            else
            {
                output.Write(_messages.Stored(index));
            }
        }

        return output.Length;
    }

    private ref struct SpanWriter(Span<byte> destination)
    {
        private readonly Span<byte> _destination = destination;

        public int Length { get; private set; }

        public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

        public void WriteId(scoped ReadOnlySpan<byte> id)
        {
            Span<byte> line = Take(ObjectId.HexSize + 1);
            LowerHex.Write(id, line);
            line[^1] = (byte)'\n';
        }

        public void WriteIdentity(ReadOnlySpan<byte> name, long seconds, ReadOnlySpan<byte> zone)
        {
            Write(name);
            Take(1)[0] = (byte)' ';
            Utf8Formatter.TryFormat(seconds, _destination[Length..], out int digits);
            Length += digits;
            Take(1)[0] = (byte)' ';
            Write(zone);
            Take(1)[0] = (byte)'\n';
        }

        public Span<byte> Take(int bytes)
        {
            Span<byte> taken = _destination.Slice(Length, bytes);
            Length += bytes;
            return taken;
        }
    }
}
