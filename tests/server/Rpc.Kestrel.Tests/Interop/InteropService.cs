using Google.Protobuf.WellKnownTypes;
using Monorepo.Rpc.Kestrel;

namespace Monorepo.Rpc.Tests.Interop;

/// <summary>interop.proto on our server.</summary>
public sealed class InteropService : IRpcService
{
    private readonly SemaphoreSlim _cancellations = new(0);

    public string ServiceName => InteropMethods.ServiceName;

    /// <summary>What Count does to end its connection; set by the host of the test.</summary>
    public Action<RpcServerCallContext> Die { get; set; } = _ => { };

    /// <summary>What an Echo that is asked to die waits for, whatever its token says.</summary>
    public TaskCompletionSource Stuck { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many notes of Count have been taken by the transport.</summary>
    public int NotesWritten => Volatile.Read(ref _notesWritten);

    private int _notesWritten;

    public void Bind(RpcServiceBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder
            .Unary(InteropMethods.Echo, EchoAsync)
            .ServerStreaming(InteropMethods.Count, CountAsync)
            .ClientStreaming(InteropMethods.Sum, SumAsync)
            .Duplex(InteropMethods.Chat, ChatAsync)
            .Unary(InteropMethods.AwaitCancellations, AwaitCancellationsAsync);
    }

    private async Task<Note> EchoAsync(Ask ask, RpcServerCallContext context)
    {
        foreach (RpcMetadataEntry entry in context.RequestHeaders)
        {
            if (entry.IsBinary)
                context.ResponseTrailers.Add(entry.Key, entry.ValueBytes.Span);
            else
                context.ResponseTrailers.Add(entry.Key, entry.Value);
        }

        if (ask.FailCode == 0)
            await context.WriteResponseHeadersAsync(context.RequestHeaders);
        if (ask.Die)
            await Stuck.Task;
        Fail(ask);
        return ask.PayloadBytes > 0
            ? new Note { Payload = InteropMethods.Payload(ask.PayloadBytes) }
            : ask.Note ?? new Note();
    }

    private async Task CountAsync(Ask ask, IRpcStreamWriter<Note> notes, RpcServerCallContext context)
    {
        try
        {
            for (long number = 0; number < ask.Count; number++)
            {
                await notes.WriteAsync(new Note { Number = number, Payload = InteropMethods.Payload(ask.PayloadBytes) }, context.CancellationToken);
                Interlocked.Increment(ref _notesWritten);
            }

            if (ask.WaitForCancel)
                await CancelledAsync(context);
        }
        catch (OperationCanceledException) when (ask.WaitForCancel)
        {
            // Wherever it was seen, a write included.
            _cancellations.Release();
            throw;
        }

        if (ask.Die)
            Die(context);
        Fail(ask);
    }

    private static async Task<Note> SumAsync(IRpcStreamReader<Note> notes, RpcServerCallContext context)
    {
        Note sum = new();
        int count = 0;
        await foreach (Note note in notes.WithCancellation(context.CancellationToken))
        {
            if (note.Number < 0)
                throw new RpcException(RpcStatusCode.InvalidArgument, "negative");

            sum.Number += note.Number;
            count++;
        }

        sum.Text = $"{count}";
        return sum;
    }

    private static async Task ChatAsync(IRpcStreamReader<Note> notes, IRpcStreamWriter<Note> answers, RpcServerCallContext context)
    {
        while (await notes.MoveNextAsync(context.CancellationToken))
            await answers.WriteAsync(new Note { Number = notes.Current.Number * 2, Payload = notes.Current.Payload }, context.CancellationToken);
    }

    private async Task<Note> AwaitCancellationsAsync(Ask ask, RpcServerCallContext context)
    {
        for (long i = 0; i < ask.Count; i++)
            await _cancellations.WaitAsync(context.CancellationToken);

        return new Note { Number = ask.Count };
    }

    private static Task CancelledAsync(RpcServerCallContext context)
        => new TaskCompletionSource().Task.WaitAsync(context.CancellationToken);

    private static void Fail(Ask ask)
    {
        if (ask.FailCode < 0)
            throw new InvalidOperationException(ask.FailDetail);
        if (ask.FailCode > 0)
        {
            throw new RpcException(
                (RpcStatusCode)ask.FailCode,
                ask.FailDetail,
                errorDetails: [Any.Pack(new Note { Text = "typed detail", Number = ask.FailCode })]);
        }
    }
}
