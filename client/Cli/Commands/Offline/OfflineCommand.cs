using System.CommandLine;

namespace Monorepo.Cli.Commands.Offline;

/// <summary><c>mr offline</c>: what must work without the server.</summary>
public static class OfflineCommand
{
    public static Command Create(Surroundings surroundings) =>
        new("offline", "Keep versions of files in the clone, so that they can be read and worked on without the server. What is kept is never evicted.")
        {
            OfflineAddCommand.Create(surroundings),
            OfflineAddCommand.CreateUpdate(surroundings),
            OfflineListCommand.Create(surroundings),
            OfflineVerifyCommand.Create(surroundings),
            OfflineRemoveCommand.Create(surroundings),
        };
}
