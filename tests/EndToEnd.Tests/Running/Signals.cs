using System.Diagnostics;
using System.Globalization;

namespace Monorepo.EndToEnd.Tests.Running;

/// <summary>What the runtime has no call for.</summary>
internal static class Signals
{
    /// <param name="name">As <c>kill</c> takes it: STOP, CONT.</param>
    /// <param name="process">Its id.</param>
    public static void Send(string name, int process)
    {
        using Process kill = Process.Start("/bin/kill", ["-" + name, process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
