using Monorepo.Formats.Protos;
using Monorepo.Rpc;

namespace Monorepo.History.Push.Intake;

/// <summary>Reads a push's stream: the head, then objects, each checked as it comes.</summary>
internal static class PushIntake
{
    public static async Task<PushHead> ReadHeadAsync(IRpcStreamReader<PushRequest> input, CancellationToken cancellationToken) =>
        await input.MoveNextAsync(cancellationToken) && input.Current.PartCase == PushRequest.PartOneofCase.Head
            ? input.Current.Head
            : throw new RpcException(RpcStatusCode.InvalidArgument, "a push starts with its head: the repository and the refs to change.");

    /// <summary>Fills the spool with the rest of the stream.</summary>
    public static async Task ReadObjectsAsync(IRpcStreamReader<PushRequest> input, ObjectSpool spool, PushLimits limits, CancellationToken cancellationToken)
    {
        while (await input.MoveNextAsync(cancellationToken))
        {
            PushRequest message = input.Current;
            if (message.PartCase != PushRequest.PartOneofCase.Objects)
            {
                throw new RpcException(RpcStatusCode.InvalidArgument, "after a push's head come objects only.");
            }

            // Off the thread that reads the network: hashing a message takes milliseconds on every core.
            PushedObject[] objects = await Task.Run(() => PushedObject.VerifyAll(message.Objects.Objects, limits, cancellationToken), cancellationToken);
            foreach (PushedObject item in objects)
            {
                await spool.AddAsync(item, cancellationToken);
            }
        }
    }
}
