using System.Buffers;
using Monorepo.Formats.History;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Clones;

/// <summary>Puts the parts of segments together, and knows how far it is when the line is cut. Not thread-safe.</summary>
/// <param name="position">Of the first segment to come.</param>
/// <param name="held">What is here of it already; null where nothing is.</param>
internal sealed class SegmentAssembler(long position, PartialSegment? held)
{
    // Memory is taken as bytes come, not as they are announced.
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private PartialSegment? _held = held;
    private long _position = position;
    private uint _count;
    private uint _totalBytes;

    /// <summary>The beginning of the next segment, or null where nothing of it came.</summary>
    public PartialSegment? Rest => _bytes.WrittenCount > 0 ? new PartialSegment(_position, _count, _totalBytes, _bytes.WrittenMemory) : _held;

    /// <summary>Takes the next part.</summary>
    /// <returns>The segment that it completes; it may share the part's memory.</returns>
    /// <exception cref="RemoteException">The part is not the next one.</exception>
    public ReadOnlyMemory<byte>? Add(SegmentPart part)
    {
        if (_held is not null)
        {
            // At 0 the server could not go on with what is here.
            if (part.Offset > 0)
            {
                _bytes.Write(_held.Bytes.Span);
                (_count, _totalBytes) = (_held.Count, _held.TotalBytes);
            }

            _held = null;
        }

        if (_bytes.WrittenCount == 0)
        {
            (_count, _totalBytes) = (part.Count, part.TotalBytes);
        }

        if (part.Position != (ulong)_position || part.Count != _count || part.TotalBytes != _totalBytes || part.Offset != _bytes.WrittenCount
            || part.Data.IsEmpty || _count is 0 or > SegmentFormat.CommitsPerSegment || _totalBytes > SegmentFormat.SegmentBytesMax
            || part.Data.Length > _totalBytes - part.Offset)
        {
            throw new RemoteException(
                RemoteError.Broken,
                $"The server sent {part.Data.Length} bytes from {part.Offset} of {part.TotalBytes} on, of a segment of {part.Count} commits at {part.Position}, where {_bytes.WrittenCount} of {_totalBytes} for {_position} were here.");
        }

        ReadOnlyMemory<byte> segment = part.Data.Memory;
        if (part.Data.Length < _totalBytes)
        {
            _bytes.Write(segment.Span);
            if (_bytes.WrittenCount < _totalBytes)
            {
                return null;
            }

            segment = _bytes.WrittenSpan.ToArray();
            _bytes.ResetWrittenCount();
        }

        _position += _count;
        return segment;
    }
}
