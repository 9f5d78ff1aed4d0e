using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Operations;

/// <summary>The bytes of the operation log's records. Layout in FORMAT.md.</summary>
internal static class OperationRecords
{
    /// <summary>A record with more is none.</summary>
    public const int RecordBytesMax = 1 << 26;

    /// <summary>A longer command line is cut.</summary>
    public const int CommandBytesMax = 4096;

    private const byte BaseKind = 1;
    private const byte OperationKind = 2;
    private const byte HeadBit = 1;
    private const byte TreeBit = 2;
    private const int FrameBytes = 8;

    public static ReadOnlySpan<byte> Magic => "MROPLOG1"u8;

    /// <summary>The record that a log begins with: the state before its first operation.</summary>
    /// <param name="number">The number of the last operation before it.</param>
    /// <param name="state">The state then.</param>
    public static byte[] Base(long number, OperationState state)
    {
        ArrayBufferWriter<byte> payload = new();
        payload.Write([BaseKind]);
        WriteInt64(payload, number);
        WriteChange(payload, new StateChange(
            new HeadMove(default, state.Head),
            new TreeMove(null, state.Tree),
            [.. state.Refs.Select(static r => new RefMove(r.Key, null, r.Value))],
            [.. state.Files.Select(static f => new StateFileChange(f.Key, null, f.Value))]));
        return Frame(payload.WrittenSpan);
    }

    public static byte[] Of(Operation operation)
    {
        ArrayBufferWriter<byte> payload = new();
        payload.Write([OperationKind]);
        WriteInt64(payload, operation.Number);
        WriteInt64(payload, operation.TimeMs);
        payload.Write([(byte)operation.Traits, (byte)operation.Relation]);
        WriteInt64(payload, operation.Target);
        payload.Write(operation.Token.ToByteArray());
        WriteText(payload, operation.Command, CommandBytesMax);
        WriteIds(payload, operation.Discarded);
        WriteIds(payload, operation.PutBack);
        WriteChange(payload, operation.Change);
        return Frame(payload.WrittenSpan);
    }

    /// <summary>Reads the record at the beginning of some bytes: a base, or an operation that changes the state.</summary>
    /// <param name="bytes">From the record on.</param>
    /// <param name="state">Before the record, and after it.</param>
    /// <param name="number">Of the base or the operation.</param>
    /// <param name="operation">Null for a base.</param>
    /// <returns>The record's bytes; 0 where there is none that is whole.</returns>
    public static int TryRead(ReadOnlySpan<byte> bytes, ref OperationState state, out long number, out Operation? operation)
    {
        (number, operation) = (0, null);
        if (bytes.Length < FrameBytes || BinaryPrimitives.ReadInt32LittleEndian(bytes) is var length && length is <= 0 or > RecordBytesMax || length > bytes.Length - FrameBytes)
        {
            return 0;
        }

        ReadOnlySpan<byte> payload = bytes.Slice(FrameBytes, length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != Checksum.Compute(payload))
        {
            return 0;
        }

        PayloadReader reader = new(payload[1..]);
        number = reader.Int64();
        if (payload[0] == BaseKind)
        {
            state = OperationState.Empty.With(ReadChange(ref reader, OperationState.Empty));
            return FrameBytes + length;
        }

        Operation read = new(number, reader.Int64(), "")
        {
            Traits = (OperationTraits)reader.Byte(),
            Relation = (OperationRelation)reader.Byte(),
            Target = reader.Int64(),
            Token = new Guid(reader.Bytes(16)),
            Before = state,
        };
        read = read with { Command = reader.Text(), Discarded = reader.Ids(), PutBack = reader.Ids() };
        state = state.With(ReadChange(ref reader, state));
        operation = read with { After = state };
        return FrameBytes + length;
    }

    private static byte[] Frame(ReadOnlySpan<byte> payload)
    {
        if (payload.Length > RecordBytesMax)
        {
            throw new IOException($"The record of an operation takes {payload.Length} bytes, more than the {RecordBytesMax} that fit.");
        }

        byte[] record = new byte[FrameBytes + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), Checksum.Compute(payload));
        payload.CopyTo(record.AsSpan(FrameBytes));
        return record;
    }

    private static void WriteChange(ArrayBufferWriter<byte> output, StateChange change)
    {
        output.Write([(byte)((change.Head is null ? 0 : HeadBit) | (change.Tree is null ? 0 : TreeBit))]);
        if (change.Head is { } head)
        {
            WriteText(output, head.New.Branch?.Value ?? "", ushort.MaxValue);
            output.Write((head.New.Commit ?? ObjectId.Null).AsSpan());
        }

        if (change.Tree is { } tree)
        {
            output.Write((tree.New ?? ObjectId.Null).AsSpan());
        }

        WriteInt32(output, change.Refs.Count);
        foreach (RefMove move in change.Refs)
        {
            WriteText(output, move.Name.Value, ushort.MaxValue);
            output.Write((move.New ?? ObjectId.Null).AsSpan());
        }

        WriteInt32(output, change.Files.Count);
        foreach (StateFileChange file in change.Files)
        {
            WriteText(output, file.Name, ushort.MaxValue);
            WriteInt32(output, file.New?.Length ?? -1);
            output.Write(file.New is { } content ? content.Span : []);
        }
    }

    private static StateChange ReadChange(ref PayloadReader reader, OperationState before)
    {
        byte bits = reader.Byte();
        HeadMove? head = null;
        if ((bits & HeadBit) != 0)
        {
            string branch = reader.Text();
            head = new HeadMove(before.Head, new HeadState(branch.Length == 0 ? null : RefName.Parse(branch), reader.Id()));
        }

        TreeMove? tree = (bits & TreeBit) != 0 ? new TreeMove(before.Tree, reader.Id()) : null;
        RefMove[] refs = new RefMove[reader.Int32()];
        for (int i = 0; i < refs.Length; i++)
        {
            refs[i] = new RefMove(RefName.Parse(reader.Text()), null, reader.Id());
        }

        StateFileChange[] files = new StateFileChange[reader.Int32()];
        for (int i = 0; i < files.Length; i++)
        {
            string name = reader.Text();
            int bytes = reader.Int32();
            files[i] = new StateFileChange(name, null, bytes < 0 ? null : (ReadOnlyMemory<byte>?)reader.Bytes(bytes).ToArray());
        }

        return new StateChange(head, tree, refs, files);
    }

    private static void WriteIds(ArrayBufferWriter<byte> output, IReadOnlyList<ObjectId> ids)
    {
        WriteInt32(output, ids.Count);
        foreach (ObjectId id in ids)
        {
            output.Write(id.AsSpan());
        }
    }

    private static void WriteText(ArrayBufferWriter<byte> output, string text, int bytesMax)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int length = Math.Min(bytes.Length, bytesMax);
        Span<byte> size = output.GetSpan(2);
        BinaryPrimitives.WriteUInt16LittleEndian(size, (ushort)length);
        output.Advance(2);
        output.Write(bytes.AsSpan(0, length));
    }

    private static void WriteInt32(ArrayBufferWriter<byte> output, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    private static void WriteInt64(ArrayBufferWriter<byte> output, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(8);
    }

    // Past its end it throws ArgumentOutOfRangeException: only a defect of the writer, because the checksum was right.
    private ref struct PayloadReader(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public ReadOnlySpan<byte> Bytes(int count)
        {
            ReadOnlySpan<byte> bytes = _rest[..count];
            _rest = _rest[count..];
            return bytes;
        }

        public byte Byte() => Bytes(1)[0];

        public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));

        public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(8));

        public string Text() => Encoding.UTF8.GetString(Bytes(BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))));

        public ObjectId? Id()
        {
            ObjectId id = new(Bytes(ObjectId.Size));
            return id.IsNull ? null : id;
        }

        public ObjectId[] Ids()
        {
            ObjectId[] ids = new ObjectId[Int32()];
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = new ObjectId(Bytes(ObjectId.Size));
            }

            return ids;
        }
    }
}
