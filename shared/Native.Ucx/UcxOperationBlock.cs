using System.Runtime.InteropServices;

namespace Monorepo.Native.Ucx;

/// <summary>
/// The native memory of one operation in flight: whose it is, the message header, the segment array. UCX keeps pointers into it until the operation
/// completes. Blocks are made once and used again, so that a send allocates nothing.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct UcxOperationBlock
{
    /// <summary>UCS_ERR_LAST: a ucs_status_ptr_t from here on is an error code.</summary>
    internal const int FirstErrorPointer = -100;

    /// <summary>Longer arrays get memory of their own.</summary>
    internal const int SegmentsInline = 64;

    internal nint Worker;
    internal int Slot;
    internal byte* Header;
    internal UcxSegment* Segments;
    private UcxSegment* _inline;

    internal static UcxOperationBlock* Allocate(nint worker, int slot)
    {
        byte* memory = (byte*)NativeMemory.Alloc((nuint)(sizeof(UcxOperationBlock) + UcxWorker.HeaderBytesMax + (SegmentsInline * sizeof(UcxSegment))));
        UcxOperationBlock* block = (UcxOperationBlock*)memory;
        block->Worker = worker;
        block->Slot = slot;
        block->Header = memory + sizeof(UcxOperationBlock);
        block->Segments = block->_inline = (UcxSegment*)(block->Header + UcxWorker.HeaderBytesMax);
        return block;
    }

    internal void TakeSegments(ReadOnlySpan<UcxSegment> segments)
    {
        if (segments.Length > SegmentsInline)
            Segments = (UcxSegment*)NativeMemory.Alloc((nuint)segments.Length, (nuint)sizeof(UcxSegment));
        segments.CopyTo(new Span<UcxSegment>(Segments, segments.Length));
    }

    internal void DropSegments()
    {
        if (Segments == _inline)
            return;
        NativeMemory.Free(Segments);
        Segments = _inline;
    }
}

/// <summary>The operations a worker has in flight, and the blocks for the next ones. On the worker's thread.</summary>
internal sealed unsafe class UcxOperationTable(nint worker) : IDisposable
{
    private readonly Stack<nint> _free = new();
    private UcxOperation?[] _operations = new UcxOperation?[64];
    private int _slots;

    internal int Pending { get; private set; }

    internal UcxOperationBlock* Begin(UcxOperation operation)
    {
        UcxOperationBlock* block;
        if (_free.TryPop(out nint free))
        {
            block = (UcxOperationBlock*)free;
        }
        else
        {
            if (_slots == _operations.Length)
                Array.Resize(ref _operations, 2 * _slots);
            block = UcxOperationBlock.Allocate(worker, _slots++);
        }

        _operations[block->Slot] = operation;
        Pending++;
        return block;
    }

    internal void Complete(UcxOperationBlock* block, UcxStatus status)
    {
        UcxOperation operation = _operations[block->Slot]!;
        _operations[block->Slot] = null;
        block->DropSegments();
        _free.Push((nint)block);
        Pending--;
        operation.OnCompleted(status);
    }

    /// <summary>Blocks that UCX still holds are not freed under its hands.</summary>
    public void Dispose()
    {
        while (_free.TryPop(out nint block))
            NativeMemory.Free((void*)block);
    }
}

/// <summary>For operations nobody waits for.</summary>
internal sealed class UcxNoOperation : UcxOperation
{
    internal static readonly UcxNoOperation Instance = new();

    public override void OnCompleted(UcxStatus status)
    {
    }
}
