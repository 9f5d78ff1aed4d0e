using Monorepo.Formats.Protos;
using Monorepo.History.Push.Closure;

namespace Monorepo.History.Push.Writing;

/// <summary>A push in a writer's queue.</summary>
internal sealed class PendingPush(CheckedPush push, bool isDryRun, CancellationToken cancellationToken)
{
    private readonly TaskCompletionSource<PushResponse> _response = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CheckedPush Push { get; } = push;

    public bool IsDryRun { get; } = isDryRun;

    /// <summary>The client has gone; heeded until the push is being written.</summary>
    public bool IsAbandoned => cancellationToken.IsCancellationRequested;

    public Task<PushResponse> Response => _response.Task;

    public void Finish(PushResponse response) => _response.TrySetResult(response);

    public void Fail(Exception exception) => _response.TrySetException(exception);

    public void Abandon() => _response.TrySetCanceled(cancellationToken);
}
