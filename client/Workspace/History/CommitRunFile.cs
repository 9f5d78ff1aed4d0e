using System.Buffers.Binary;
using Google.Protobuf;
using Monorepo.Formats;
using Monorepo.Formats.History;
using Monorepo.Formats.Protos;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>Reads runs of <c>commits</c> and keeps the last ones decoded. Thread-safe.</summary>
internal sealed class CommitRunFile(string path) : IDisposable
{
    public const int HeaderBytes = 24;

    // A run is at most 64 MiB decoded unless it is a single commit; a log walk stays in few of them.
    private const long DecodedBytesMax = 64L << 20;

    private readonly Lock _lock = new();
    private readonly LinkedList<(long Offset, IReadOnlyList<ReadOnlyMemory<byte>> Bodies, long Bytes)> _recent = [];
    private FileDescriptor? _file;
    private long _recentBytes;

    public static void WriteHeader(Span<byte> destination, CommitRun run)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, run.Position);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], run.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], run.BodiesSize);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], run.Bodies.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], Checksum.Compute(destination[..20]));
    }

    /// <summary>The raw bodies of the run that starts at an offset of the file.</summary>
    /// <exception cref="CorruptHistoryException">There is no whole run.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> Read(long offset)
    {
        lock (_lock)
        {
            for (LinkedListNode<(long Offset, IReadOnlyList<ReadOnlyMemory<byte>> Bodies, long Bytes)>? node = _recent.First; node is not null; node = node.Next)
            {
                if (node.Value.Offset == offset)
                {
                    _recent.Remove(node);
                    _recent.AddFirst(node);
                    return node.Value.Bodies;
                }
            }

            _file ??= DurableFile.Open(path, OpenFlags.ReadOnly);
            IReadOnlyList<ReadOnlyMemory<byte>> bodies = Decode(_file, offset, out long bytes);
            _recent.AddFirst((offset, bodies, bytes));
            _recentBytes += bytes;
            while (_recentBytes > DecodedBytesMax && _recent.Count > 1)
            {
                _recentBytes -= _recent.Last!.Value.Bytes;
                _recent.RemoveLast();
            }

            return bodies;
        }
    }

    public void Dispose() => _file?.Dispose();

    private static IReadOnlyList<ReadOnlyMemory<byte>> Decode(FileDescriptor file, long offset, out long bytes)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (!DurableFile.TryReadAt(file, header, offset)
            || BinaryPrimitives.ReadUInt32LittleEndian(header[20..]) != Checksum.Compute(header[..20]))
        {
            throw new CorruptHistoryException($"There is no run of commits at byte {offset} of the history.");
        }

        byte[] frame = GC.AllocateUninitializedArray<byte>(BinaryPrimitives.ReadInt32LittleEndian(header[16..]));
        if (!DurableFile.TryReadAt(file, frame, offset + HeaderBytes))
        {
            throw new CorruptHistoryException($"The run of commits at byte {offset} of the history is cut short.");
        }

        CommitRun run = new()
        {
            Position = BinaryPrimitives.ReadUInt64LittleEndian(header),
            Count = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]),
            BodiesSize = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]),
            Bodies = UnsafeByteOperations.UnsafeWrap(frame),
        };
        bytes = run.BodiesSize;
        try
        {
            return CommitRunCodec.Unpack(run);
        }
        catch (CorruptCommitRunException e)
        {
            throw new CorruptHistoryException($"The run of commits at byte {offset} of the history is damaged: {e.Message}", e);
        }
    }
}
