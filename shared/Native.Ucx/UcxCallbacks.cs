using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Monorepo.Native.Ucx;

/// <summary>What C calls. Nothing may be thrown through C frames, so anything that escapes the owner's code ends the process.</summary>
internal static unsafe class UcxCallbacks
{
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static sbyte OnMessage(void* argument, void* header, nuint headerBytes, void* data, nuint dataBytes, UcpAmRecvParam* parameters)
    {
        try
        {
            UcxWorker worker = Worker(argument);
            worker.Events.OnMessage(new UcxMessage(worker, new ReadOnlySpan<byte>(header, checked((int)headerBytes)), data, dataBytes, parameters));
        }
        catch (Exception e)
        {
            Fail(e);
        }

        return (sbyte)UcxStatus.Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnConnectionRequest(nint request, void* argument)
    {
        try
        {
            Worker(argument).Events.OnConnectionRequest(new UcxConnectionRequest(request));
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnEndpointFailed(void* argument, nint endpoint, sbyte status)
    {
        try
        {
            Worker(argument).Events.OnEndpointFailed(new UcxEndpoint(endpoint), (UcxStatus)status);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnSent(nint request, sbyte status, void* block) => Complete(request, status, (UcxOperationBlock*)block);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    internal static void OnReceived(nint request, sbyte status, nuint lengthBytes, void* block) => Complete(request, status, (UcxOperationBlock*)block);

    private static void Complete(nint request, sbyte status, UcxOperationBlock* block)
    {
        try
        {
            NativeMethods.ucp_request_free(request);
            Worker((void*)block->Worker).Operations.Complete(block, (UcxStatus)status);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private static UcxWorker Worker(void* argument) => (UcxWorker)GCHandle.FromIntPtr((nint)argument).Target!;

    private static void Fail(Exception e) => Environment.FailFast("An exception escaped a UCX callback.", e);
}
