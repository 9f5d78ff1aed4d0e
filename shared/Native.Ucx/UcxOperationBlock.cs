using System.Runtime.InteropServices;

namespace Monorepo.Native.Ucx;

/// <summary>
/// The native memory of one operation in flight: who is to be told, then the message header, then the segment array.
/// UCX keeps pointers into it until the operation completes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct UcxOperationBlock
{
    /// <summary>UCS_ERR_LAST: a ucs_status_ptr_t from here on is an error code.</summary>
    internal const int FirstErrorPointer = -100;

    private nint _worker;
    private nint _operation;
    internal byte* Header;
    internal UcxSegment* Segments;

    internal static UcxOperationBlock* Allocate(UcxWorker worker, UcxOperation operation, int headerBytes, int segments)
    {
        int headerSpace = (headerBytes + 15) & ~15;
        byte* memory = (byte*)NativeMemory.Alloc((nuint)(sizeof(UcxOperationBlock) + headerSpace + (segments * (long)sizeof(UcxSegment))));
        UcxOperationBlock* block = (UcxOperationBlock*)memory;
        block->_worker = GCHandle.ToIntPtr(GCHandle.Alloc(worker));
        block->_operation = GCHandle.ToIntPtr(GCHandle.Alloc(operation));
        block->Header = memory + sizeof(UcxOperationBlock);
        block->Segments = (UcxSegment*)(block->Header + headerSpace);
        worker.OperationsPending++;
        return block;
    }

    /// <summary>
    /// Takes the <c>ucs_status_ptr_t</c> a call returned: null is done and an error is failed, both without a callback; anything else is a
    /// request whose callback follows (or has run: then the block is gone, so it must not be touched).
    /// </summary>
    internal static void Started(UcxOperationBlock* block, nint statusPointer)
    {
        if (statusPointer == 0)
            Complete(block, UcxStatus.Ok);
        else if ((nuint)statusPointer >= unchecked((nuint)(nint)FirstErrorPointer))
            Complete(block, (UcxStatus)(sbyte)statusPointer);
    }

    internal static void Complete(UcxOperationBlock* block, UcxStatus status)
    {
        GCHandle workerHandle = GCHandle.FromIntPtr(block->_worker);
        GCHandle operationHandle = GCHandle.FromIntPtr(block->_operation);
        UcxWorker worker = (UcxWorker)workerHandle.Target!;
        UcxOperation operation = (UcxOperation)operationHandle.Target!;
        workerHandle.Free();
        operationHandle.Free();
        NativeMemory.Free(block);
        worker.OperationsPending--;
        operation.OnCompleted(status);
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
